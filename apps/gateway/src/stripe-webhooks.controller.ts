import type { OnModuleInit } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { isDatabaseUnavailable, type Log, sendProblem, toProblem, traceparent } from '@turnpike/service';
import { readStripeEvent, verifySignature } from '@turnpike/stripe';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DeliveryQueue } from './delivery-queue.js';
import { ConnectionNotFound, EventRefused, SignatureRefused } from './refused-delivery.errors.js';
import { unkeepableField } from './stripe-event.rules.js';
import type { Delivery, StoredDelivery } from './stripe-events.service.js';
import type { WebhookMetrics } from './webhook.metrics.js';
import type { AddressedConnection, WebhookSecrets } from './webhook-secrets.js';

/** Stripe's own events are far smaller; what is larger is not read to its end. */
const BODY_LIMIT_BYTES = 1024 * 1024;

const STORED = JSON.stringify({ received: true, duplicate: false });
const DUPLICATE = JSON.stringify({ received: true, duplicate: true });
const NO_BODY = Buffer.alloc(0);

interface AddressParameters {
  Params: { connectionId: string };
}
type DeliveryRequest = FastifyRequest<AddressParameters>;

export interface WebhookParts {
  readonly secrets: Pick<WebhookSecrets, 'fresh' | 'find' | 'renewed'>;
  readonly queue: Pick<DeliveryQueue<Delivery, StoredDelivery>, 'add'>;
  readonly metrics: WebhookMetrics;
  readonly log: Log;
  readonly toleranceSeconds: number;
  readonly clock: () => Date;
}

/**
 * `POST /webhooks/stripe/:connectionId`: Stripe's only door in. A route of Fastify's own on Nest's instance, since it needs the bytes and
 * nothing of Nest, and carries twice as much this way. It answers 2xx when the event is durable, and says 503 with Retry-After when it
 * cannot be made so: Stripe tries again for three days.
 */
export class StripeWebhooksController implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly parts: WebhookParts,
  ) {}

  onModuleInit(): void {
    const fastify: FastifyInstance = this.host.httpAdapter.getInstance();
    // A plugin of its own: its parser and its error handler are for this route alone.
    void fastify.register(async (own) => {
      own.removeAllContentTypeParsers();
      own.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body));
      own.setErrorHandler((error, request, reply) => this.refuse(error, request, reply));
      own.post<AddressParameters>('/webhooks/stripe/:connectionId', { bodyLimit: BODY_LIMIT_BYTES }, (request, reply) =>
        this.receive(request, reply),
      );
    });
  }

  private async receive(request: DeliveryRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { log, metrics, queue } = this.parts;
    const begun = performance.now();
    const { connectionId } = request.params;
    // Without a turn of the event loop where nobody has to be asked, which is nearly always.
    const addressed = this.parts.secrets.fresh(connectionId) ?? (await this.parts.secrets.find(connectionId));
    if (!addressed) throw new ConnectionNotFound();
    const delivery = this.read(request, addressed) ?? (await this.readAgain(request));
    const { connection, event } = delivery;
    const { duplicate, outcome } = await queue.add(connection.organization, delivery, delivery.body.length);

    const ms = performance.now() - begun;
    metrics.seconds.observe(ms / 1000);
    metrics.deliveries.inc({ outcome: duplicate ? 'duplicate' : outcome });
    log.info('webhook.stored', {
      connectionId: connection.id,
      eventId: event.id,
      type: event.type,
      outcome,
      duplicate,
      ms: Math.round(ms * 10) / 10,
    });
    return reply.type('application/json; charset=utf-8').send(duplicate ? DUPLICATE : STORED);
  }

  /** For a delivery that our secrets did not fit: another one may have been made since we looked. */
  private async readAgain(request: DeliveryRequest): Promise<Delivery> {
    const renewed = await this.parts.secrets.renewed(request.params.connectionId);
    const delivery = renewed && this.read(request, renewed);
    if (!delivery) throw new SignatureRefused('mismatch');
    return delivery;
  }

  /**
   * Everything that can be said without asking anybody; the signature before anything of the body is looked at.
   * @returns null when none of the secrets fits
   */
  private read(request: DeliveryRequest, connection: AddressedConnection): Delivery | null {
    const { clock, toleranceSeconds } = this.parts;
    const receivedAt = clock();
    const body = request.body instanceof Buffer ? request.body : NO_BODY;
    const verdict = verifySignature({
      header: request.headers['stripe-signature'],
      body,
      secrets: connection.webhookSecrets,
      now: Math.floor(receivedAt.getTime() / 1000),
      toleranceSeconds,
    });
    if (!verdict.ok && verdict.because === 'mismatch') return null;
    if (!verdict.ok) throw new SignatureRefused(verdict.because);

    const reading = readStripeEvent(body);
    if (!reading.ok) throw new EventRefused(reading.because, reading.detail);
    const field = unkeepableField(reading.event);
    if (field !== null) throw new EventRefused('not_an_event', `Not a Stripe event: ${field}.`);
    return { connection, event: reading.event, body, receivedAt, traceparent: traceparent() };
  }

  private refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { log, metrics } = this.parts;
    const { code } = toProblem(error, request.id).problem;
    metrics.deliveries.inc({ outcome: code });
    if (isDatabaseUnavailable(error))
      log.warn('webhook.not-stored', { code, willRetry: true, error: error instanceof Error ? error : undefined });
    sendProblem(error, request, reply, log);
  }
}
