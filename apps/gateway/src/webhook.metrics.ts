import { Counter, Histogram, type Registry } from 'prom-client';

const OUTCOMES = [
  'announced',
  'duplicate',
  'other_mode',
  'unavailable',
  'connection_not_found',
  'signature_missing',
  'signature_invalid',
  'signature_too_old',
  'webhook_secret_blank',
  'body_not_json',
  'not_a_stripe_event',
];

/** What the gateway's own door counts. */
export class WebhookMetrics {
  readonly deliveries: Counter<'outcome'>;
  readonly batchSize: Histogram;
  readonly seconds: Histogram;

  constructor(registry: Registry) {
    const registers = [registry];
    this.deliveries = new Counter({
      name: 'turnpike_webhooks_total',
      help: 'Deliveries by what became of them: announced, other_mode, duplicate, or the code of the refusal.',
      labelNames: ['outcome'],
      registers,
    });
    // From 0 on, so that the first refusal is seen to be one more than none.
    for (const outcome of OUTCOMES) this.deliveries.inc({ outcome }, 0);
    this.batchSize = new Histogram({
      name: 'turnpike_webhook_batch_deliveries',
      help: 'Deliveries that shared one transaction.',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128],
      registers,
    });
    this.seconds = new Histogram({
      name: 'turnpike_webhook_duration_seconds',
      help: 'From the body being read to the answer, of deliveries that were stored.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    });
  }
}
