/** A Turnpike service with an outbox and its relay, and nothing else of it. */
import { Road } from '@turnpike/messaging';
import { Database, Log, type Transaction } from '@turnpike/service';
import { Registry } from 'prom-client';
import { answer, settings } from '../answer.js';
import { percentileOf } from '../statistics.js';
import { openLoop, type Stream } from '../open-loop.js';
import { TimedLog } from './timed-log.js';
import { ACCOUNTS, BenchDeadLetters, BRANCHES, filledTransfer, SCOPE, STATEMENTS, TELLERS, TransferPosted } from './transfer-posted.js';

export interface OursSettings {
  readonly brokers: readonly string[];
  readonly databaseUrl: string;
  readonly infrastructureUrl: string;
}

export interface Enqueuing {
  readonly transactions: number;
  readonly isTold: boolean;
}

export interface Latencies {
  readonly items: number;
  readonly p50: number;
  readonly p99: number;
}

const AT_ONCE = 16;
const PATIENCE_MS = 60_000;
const given = settings<OursSettings>();
const acknowledgedAt = new Map<string, number>();
let isTiming = false;
let opened: { database: Database; road: Road; log: TimedLog } | null = null;

answer(
  {
    async start(): Promise<void> {
      const log = Log.of('bench', 'warn');
      const database = await Database.open({ url: given.databaseUrl, service: 'bench', entities: [], poolSize: AT_ONCE });
      const timed = new TimedLog({ brokers: given.brokers, service: 'bench', log, sessionTimeoutMs: 30_000 }, (messages) => {
        if (!isTiming) return;
        const now = performance.now();
        for (const { headers } of messages) acknowledgedAt.set(headers['ce_id'] ?? '', now);
      });
      const road = new Road({
        service: 'bench',
        database,
        infrastructureUrl: given.infrastructureUrl,
        roadLog: timed,
        deadLetters: BenchDeadLetters,
        ask: async () => undefined,
        registry: new Registry(),
        log,
      });
      opened = { database, road, log: timed };
    },
    /** From here on what was told is carried to the broker. */
    relay: async (): Promise<void> => open().road.start(),
    async enqueue({ transactions, isTold }: Enqueuing): Promise<{ ms: number }> {
      const begun = performance.now();
      let left = transactions;
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          while (left-- > 0) await open().database.transaction(SCOPE.organization, (transaction) => post(transaction, isTold));
        }),
      );
      return { ms: performance.now() - begun };
    },
    async stream(stream: Stream): Promise<Latencies> {
      const committedAt = new Map<string, number>();
      isTiming = true;
      await openLoop(stream, async (at) => {
        const id = await open().database.transaction(SCOPE.organization, async (transaction) => {
          await transaction.sql(STATEMENTS.account, [1 + (at % ACCOUNTS), 1]);
          return open().road.outbox.announce(TransferPosted, SCOPE, filledTransfer(at));
        });
        committedAt.set(id, performance.now());
      });
      const end = performance.now() + PATIENCE_MS;
      while ([...committedAt.keys()].some((id) => !acknowledgedAt.has(id))) {
        if (performance.now() > end) throw new Error('The broker did not get all that was committed.');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      isTiming = false;
      // The relay may be there before the answer to COMMIT has been read here.
      const latencies = [...committedAt].map(([id, at]) => Math.max(0, (acknowledgedAt.get(id) ?? 0) - at));
      acknowledgedAt.clear();
      return { items: latencies.length, p50: percentileOf(latencies, 0.5), p99: percentileOf(latencies, 0.99) };
    },
  },
  async () => {
    await opened?.road.stop();
    await opened?.log.close();
    await opened?.database.close();
  },
);

function open(): NonNullable<typeof opened> {
  if (!opened) throw new Error('Start it first.');
  return opened;
}

async function post(transaction: Transaction, isTold: boolean): Promise<void> {
  const account = oneOf(ACCOUNTS);
  const teller = oneOf(TELLERS);
  const branch = oneOf(BRANCHES);
  await transaction.sql(STATEMENTS.account, [account, 1]);
  await transaction.sql(STATEMENTS.look, [account]);
  await transaction.sql(STATEMENTS.teller, [teller, 1]);
  if (isTold)
    open().road.outbox.announce(TransferPosted, SCOPE, {
      transferId: `transfer-${account}-${teller}`,
      accountId: `account-${account}`,
      tellerId: `teller-${teller}`,
      branchId: `branch-${branch}`,
      amount: 1,
      filling: '',
    });
  await transaction.sql(STATEMENTS.branch, [branch, 1]);
  await transaction.sql(STATEMENTS.history, [account, teller, branch, 1]);
}

function oneOf(count: number): number {
  return 1 + Math.floor(Math.random() * count);
}
