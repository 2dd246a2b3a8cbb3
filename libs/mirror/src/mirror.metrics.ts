import { Counter, type Registry } from 'prom-client';

/** What a service counts of Stripe's events and of its own questions to Stripe. */
export class MirrorMetrics {
  readonly events: Counter<'decision'>;
  readonly doubts: Counter<'because'>;
  readonly fetches: Counter<'type' | 'outcome'>;
  readonly listed: Counter<'type' | 'outcome'>;
  readonly differences: Counter<'type' | 'because'>;

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
    this.fetches = new Counter({
      name: 'turnpike_stripe_fetches_total',
      help: 'Objects in doubt that were looked up at Stripe, by type and outcome; "later" are asked again.',
      labelNames: ['type', 'outcome'],
      registers,
    });
    this.listed = new Counter({
      name: 'turnpike_stripe_listed_objects_total',
      help: 'Objects that fills and comparisons met in lists at Stripe, by type and by what was done with them.',
      labelNames: ['type', 'outcome'],
      registers,
    });
    this.differences = new Counter({
      name: 'turnpike_stripe_differences_total',
      help: 'Objects that a comparison found to be other at Stripe than here, although no event told of it: changed, unknown here, or missing there.',
      labelNames: ['type', 'because'],
      registers,
    });
  }
}
