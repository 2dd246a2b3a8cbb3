/** Moves customers from plan to plan, as another replica of the service would: on the load's core, through the service's own outbox and relay. */
import { AccessChanged, EntitlementsDeadLetters } from '@turnpike/contracts-events';
import { openRoad, type ServiceRoad } from '@turnpike/messaging';
import { Database, Log, ServiceConfig } from '@turnpike/service';
import { Registry } from 'prom-client';
import { answer, settings } from '../answer.js';
import { accessOf, SCOPE } from './access-facts.js';

export interface UpdatesSettings {
  readonly environment: Readonly<Record<string, string>>;
  readonly customers: number;
  readonly perSecond: number;
}

/** The last that was told of a customer. */
export interface Told {
  readonly at: number;
  readonly version: number;
}

const TICKS_PER_SECOND = 10;
const given = settings<UpdatesSettings>();
const versions = new Uint32Array(given.customers).fill(1);
let lastTold: Told[] = [];
let opened: { database: Database; road: ServiceRoad } | null = null;
let ticking: NodeJS.Timeout | undefined;
let running: Promise<void> = Promise.resolve();
let failure: unknown = null;

const KEEP = `update access set version_n = told.n, stretches = told.stretches, revision = revision + 1
  from jsonb_to_recordset($1) as told(id text, n bigint, stretches jsonb)
  where organization = '${SCOPE.organization}' and environment = '${SCOPE.environment}' and access.id = told.id`;

answer(
  {
    async start(): Promise<void> {
      const config = ServiceConfig.parse(given.environment);
      const database = await Database.open({ url: config.DATABASE_URL, service: 'entitlements', entities: [] });
      const parts = { name: 'entitlements', config, database, registry: new Registry(), log: Log.of('entitlements', 'warn') };
      const road = await openRoad(parts, EntitlementsDeadLetters);
      await road.start();
      opened = { database, road };
    },
    goOn(): void {
      ticking = setInterval(() => (running = running.then(tick)), 1000 / TICKS_PER_SECOND);
    },
    /** Of the last transaction that has committed. */
    lastTold(): readonly Told[] {
      if (failure) throw failure;
      return lastTold;
    },
  },
  async () => {
    clearInterval(ticking);
    await running;
    await opened?.road.stop();
    await opened?.database.close();
  },
);

async function tick(): Promise<void> {
  if (!opened || failure) return;
  const { database, road } = opened;
  // Each once: two of one customer would be one row of the statement.
  const chosen = new Set(
    Array.from({ length: Math.ceil(given.perSecond / TICKS_PER_SECOND) }, () => Math.floor(Math.random() * given.customers)),
  );
  const told = [...chosen].map((at) => ({ at, version: (versions[at] ?? 0) + 1 }));
  const states = told.map(({ at, version }) => accessOf(at, version));
  try {
    await database.transaction(SCOPE.organization, async (transaction) => {
      const rows = states.map(({ customerId: id, version: { n }, stretches }) => ({ id, n, stretches }));
      await transaction.sql(KEEP, [JSON.stringify(rows)]);
      for (const state of states) road.outbox.announce(AccessChanged, SCOPE, state);
    });
    for (const { at, version } of told) versions[at] = version;
    lastTold = told;
  } catch (error) {
    failure = error;
  }
}
