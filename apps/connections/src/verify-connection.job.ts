import { Injectable } from '@nestjs/common';
import { Jobs } from '@turnpike/jobs';
import { VerifyConnection } from './connection-work.js';
import { ConnectionNotFound } from './connection.errors.js';
import { VerificationsService } from './verifications.service.js';

/** After keys came, when somebody asks, and a minute after Stripe refused a key. Tried again until Stripe answers. */
@Injectable()
export class VerifyConnectionJob {
  constructor(jobs: Jobs, verifications: VerificationsService) {
    jobs.handle(VerifyConnection, async ({ connectionId }, { scope, id }) => {
      try {
        await verifications.verify(scope, connectionId, id, () => new Date());
      } catch (error) {
        if (!(error instanceof ConnectionNotFound)) throw error;
      }
    });
  }
}
