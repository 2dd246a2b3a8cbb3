import type { Topic } from '@turnpike/contracts-events';
import { openPool, PoolMetrics, type Database, type Log, type PostgresPool } from '@turnpike/service';
import type { Registry } from 'prom-client';
import { DeadLetters } from './dead-letters.js';
import { Epochs } from './epochs.js';
import { Follower, type Following, type Freshness } from './follower.js';
import { Gaps, type AskForWholeState } from './gaps.js';
import { keepHappenings } from './happenings.js';
import { HeardEpochs } from './heard-epochs.js';
import type { TopicHandler } from './incoming.js';
import { Lapses } from './lapses.js';
import { RoadMetrics } from './metrics.js';
import { LettersForOperators } from './letters-for-operators.js';
import { Outbox } from './outbox.js';
import { Places } from './place.js';
import { Reader } from './reader.js';
import { Relay } from './relay.js';
import { RelayBook } from './relay-book.js';
import { RoadGauges } from './road-gauges.js';
import type { RoadLog } from './road-log.js';
import { Signal } from './signal.js';

export interface RoadOptions {
  /** The app's name: its database, consumer group and client id. */
  readonly service: string;
  readonly database: Database;
  /** The service's database as its infrastructure role. */
  readonly infrastructureUrl: string;
  readonly roadLog: RoadLog;
  /** Where this reader's dead letters are told; null for a service that hears nothing. */
  readonly deadLetters: Topic | null;
  /** The region this deployment serves, written on every message; null when none was chosen. */
  readonly dataResidency?: string | null;
  readonly ask: AskForWholeState;
  readonly registry: Registry;
  readonly log: Log;
  readonly lockIdleSeconds?: number;
  /** Messages per page of the relay. */
  readonly rowsPerPage?: number;
}

const KEEP_OUTBOX_DAYS = 7;
const KEEP_OUTBOX_EVERY_MS = 60 * 60 * 1000;

/** One service's part of the road: its outbox and relay, its reader with places and dead letters. */
export class Road {
  readonly outbox: Outbox;
  /** What could not be applied, for those who run the service. */
  readonly letters: LettersForOperators;
  /** The lives of the service's database. */
  readonly epochs: Epochs;
  private readonly infrastructure: PostgresPool;
  private readonly relay: Relay;
  private readonly gaps: Gaps;
  private readonly deadLetters: DeadLetters;
  private readonly metrics: RoadMetrics;
  private readonly gauges: RoadGauges;
  private readonly places: Places;
  private readonly heard: HeardEpochs;
  private readonly lapses: Lapses;
  private handlers: ReadonlyMap<string, TopicHandler> = new Map();
  private reading: { stop(): Promise<void> } | null = null;
  private keeping: NodeJS.Timeout | undefined;
  private readonly followers: Array<{ stop(): Promise<void> }> = [];

  constructor(private readonly options: RoadOptions) {
    const { service, database, log } = options;
    this.infrastructure = openPool({
      url: options.infrastructureUrl,
      name: `turnpike ${service} road`,
      size: 5,
      onError: (error) => log.warn('road.database.connection-lost', { error }),
    });
    const wake = new Signal();
    this.metrics = new RoadMetrics(options.registry);
    this.places = new Places(this.infrastructure);
    const { registry, roadLog } = options;
    const { infrastructure, places } = this;
    PoolMetrics.of(registry).watch('road', infrastructure);
    this.gauges = new RoadGauges({ service, registry, infrastructure, roadLog, places, hears: () => [...this.handlers.keys()] });
    this.outbox = new Outbox(database, wake, options.dataResidency ?? null);
    this.deadLetters = new DeadLetters(this.outbox, options.deadLetters);
    this.letters = new LettersForOperators({ database, infrastructure: this.infrastructure, handlers: () => this.handlers, log });
    this.gaps = new Gaps(this.infrastructure, options.ask, this.metrics, log);
    this.epochs = new Epochs({ service, infrastructure, roadLog, wake, log });
    this.heard = new HeardEpochs({ infrastructure, places, gaps: this.gaps, log, told: () => this.lapses.lookSoon() });
    this.lapses = new Lapses({ database, infrastructure, epochs: this.heard, handlers: () => this.handlers, log });
    this.relay = new Relay({
      service,
      epochs: this.epochs,
      url: options.infrastructureUrl,
      infrastructure: this.infrastructure,
      roadLog: options.roadLog,
      wake,
      metrics: this.metrics,
      log,
      lockIdleSeconds: options.lockIdleSeconds ?? 15,
      rowsPerPage: options.rowsPerPage ?? 1_000,
    });
  }

  /** Starts to relay. Reading starts when Nest's transport does (TopicServer). */
  async start(): Promise<void> {
    await this.keepOutbox();
    this.keeping = setInterval(() => void this.keepOutbox(), KEEP_OUTBOX_EVERY_MS);
    this.keeping.unref();
    this.relay.start();
    this.gaps.start();
  }

  async startReading(handlers: ReadonlyMap<string, TopicHandler>): Promise<void> {
    this.handlers = handlers;
    if (handlers.size === 0) return;
    const { database, log, roadLog, service } = this.options;
    const reader = new Reader(handlers, {
      service,
      database,
      places: this.places,
      deadLetters: this.deadLetters,
      gaps: this.gaps,
      epochs: this.heard,
      setBack: (because) => this.epochs.wantUnlessBegun(this.book(), because),
      metrics: this.metrics,
      log,
    });
    this.lapses.lookSoon();
    this.reading = await roadLog.read(service, [...handlers.keys()], reader);
  }

  /**
   * Keeps this replica's memory of a topic of its own service (architecture rule 15). Resolves when it is loaded.
   * @param proveEveryMs milliseconds between two proofs that nothing was missed
   */
  async follow<T extends Topic>(topic: T, following: Following<T>, proveEveryMs = 2_000): Promise<Freshness> {
    const { service, roadLog, log } = this.options;
    const follower = new Follower(topic, following, { service, roadLog, infrastructure: this.infrastructure, log, proveEveryMs });
    await follower.start();
    this.followers.push(follower);
    this.gauges.follows(topic.name, follower);
    return follower;
  }

  async stopReading(): Promise<void> {
    await this.reading?.stop();
    this.reading = null;
  }

  /** Reading first, so that what handlers announced still goes out; then the relay; then the connections. */
  async stop(): Promise<void> {
    await this.stopReading();
    clearInterval(this.keeping);
    this.gaps.stop();
    await this.lapses.stop();
    await this.relay.stop();
    for (const follower of this.followers) await follower.stop();
    await this.infrastructure.end();
  }

  /** The operator says that this service's database was set back: a new epoch begins, and everything is told again (road 2.0 d). */
  async restored(): Promise<void> {
    await this.epochs.want(this.book(), 'the operator said so');
  }

  /**
   * Rebuilds what is kept of one organization from what its writers tell again. The places stay, and so do the versions of what this
   * service tells itself; other organizations notice nothing (road 2.0 h).
   * @returns the topics that were asked for
   */
  async rebuild(organization: string): Promise<readonly string[]> {
    const topics = await this.lapses.forgetVersions(organization);
    for (const topic of topics) await this.options.ask(topic, { organization });
    return topics;
  }

  /** Throws when the database or the log cannot be reached. */
  async check(): Promise<void> {
    await this.infrastructure.query('select 1');
    await this.options.roadLog.check();
  }

  private book(): RelayBook {
    return new RelayBook(this.options.roadLog.bookPool({ infrastructure: this.infrastructure }), this.options.service);
  }

  private async keepOutbox(): Promise<void> {
    try {
      await this.book().keepOutbox(this.infrastructure, KEEP_OUTBOX_DAYS);
      await keepHappenings(this.infrastructure, new Date());
    } catch (error) {
      this.options.log.warn('road.outbox.not-kept', { error: error instanceof Error ? error : new Error(String(error)) });
    }
  }
}
