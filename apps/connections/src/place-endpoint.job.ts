import { Injectable } from '@nestjs/common';
import { Jobs } from '@turnpike/jobs';
import { PlaceEndpoint } from './connection-work.js';
import { WebhookEndpointsService } from './webhook-endpoints.service.js';

/** After each verification, at start and every hour, and to replace a webhook secret. */
@Injectable()
export class PlaceEndpointJob {
  constructor(jobs: Jobs, endpoints: WebhookEndpointsService) {
    jobs.handle(PlaceEndpoint, ({ connectionId, isRotation }, { scope }) =>
      endpoints.place(scope, connectionId, isRotation, () => new Date()),
    );
  }
}
