import { Counter, Gauge, type Registry } from 'prom-client';

/** What sweeping for events that no webhook brought counts. */
export class SweepMetrics {
  readonly sweeps: Counter<'outcome'>;
  readonly missed: Counter<'because'>;
  readonly healed: Counter<'because'>;
  readonly gaps: Counter<'because'>;

  /** @param oldestKnownSeconds asked at every scrape */
  constructor(registry: Registry, oldestKnownSeconds: () => Promise<number>) {
    const registers = [registry];
    this.sweeps = new Counter({
      name: 'turnpike_gateway_sweeps_total',
      help: "Looks at Stripe's list of events, by what came of them: nothing, late (looked at again soon), stored, failed.",
      labelNames: ['outcome'],
      registers,
    });
    this.missed = new Counter({
      name: 'turnpike_gateway_events_missed_total',
      help: "Events of Stripe's list that nobody had brought, by why: webhooks_missing, pause, or the cause of a gap.",
      labelNames: ['because'],
      registers,
    });
    this.healed = new Counter({
      name: 'turnpike_gateway_events_healed_total',
      help: 'Missed events that were stored and passed on.',
      labelNames: ['because'],
      registers,
    });
    this.gaps = new Counter({
      name: 'turnpike_gateway_history_gaps_total',
      help: 'Times of which events cannot tell, by why: new_connection, too_long_ago, events_deleted.',
      labelNames: ['because'],
      registers,
    });
    const age = new Gauge({
      name: 'turnpike_gateway_events_known_age_seconds',
      help: 'How long ago the moment is up to which every event is known, of the usable connection where that is longest.',
      registers,
      collect: async () => {
        // Without the database the last value stands: that it is away is told elsewhere.
        const seconds = await oldestKnownSeconds().catch(() => null);
        if (seconds !== null) age.set(seconds);
      },
    });
  }
}
