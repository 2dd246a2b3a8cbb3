import { Counter, type Registry } from 'prom-client';

/** What this service counts beside its road. */
export class CustomersMetrics {
  readonly events: Counter<'decision'>;
  readonly doubts: Counter<'because'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.events = new Counter({
      name: 'turnpike_stripe_events_total',
      help: 'Stripe events by what was done with them; "not-ours" tell of objects that are not mirrored here.',
      labelNames: ['decision'],
      registers,
    });
    this.doubts = new Counter({
      name: 'turnpike_stripe_doubts_total',
      help: 'Stripe events that were not shown and put their object in doubt, by the reason.',
      labelNames: ['because'],
      registers,
    });
  }
}
