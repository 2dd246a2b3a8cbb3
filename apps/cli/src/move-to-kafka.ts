import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Move, MovedService } from '@turnpike/messaging';
import type { PostgresClient, PostgresPool } from '@turnpike/service';
import { z } from 'zod';
import { CommandEnded, EXIT } from './outcome.js';
import type { Outside } from './outside.js';
import { wantsJson } from './services.js';
import { jsonLine } from './words.js';

const Options = z.looseObject({ dryRun: z.boolean().default(false), brokers: z.string().optional(), data: z.string().optional() });
const KeptSecrets = z.looseObject({ passwordSeed: z.string() });

/** Loaded when they are needed: a Nest that nobody needs would be seconds of every `--help`. */
const kit = async () => ({ ...(await import('@turnpike/messaging')), ...(await import('@turnpike/service')) });

/** What is opened for a move, and closed after it in the other order. */
type Undo = Array<() => Promise<void>>;

/** `turnpike move-to-kafka` */
export function moveToKafka(turnpike: Command, outside: Outside): void {
  turnpike
    .command('move-to-kafka')
    .description('moves a stopped Turnpike from the in-process bus to Kafka: messages, cursors, places; nothing is lost or done twice')
    .option('--dry-run', 'only say what would be moved')
    .option('--brokers <list>', 'the Kafka to move to, host:port, comma separated; one in the folder unless told here or by KAFKA_BROKERS')
    .action(async (_options: object, command: Command) => {
      const { ensureTopics, KafkaLog, Log, MoveRefused, MoveToKafka } = await kit();
      const { dryRun, brokers, data } = Options.parse(command.optsWithGlobals());
      const folder = data === undefined ? outside.defaultFolder : resolve(data);
      const undo: Undo = [];
      try {
        await hold(folder, undo);
        const admin = await postgresOf(folder, outside, undo);
        const found = await openDatabases(admin, await passwordsOf(folder), undo);
        await assertStopped(found.services, undo);
        const list = await brokersOf(brokers ?? outside.environment['KAFKA_BROKERS'], folder, undo);
        if (!dryRun) await ensureTopics({ brokers: list });
        const kafka = new KafkaLog({
          brokers: list,
          service: 'move-to-kafka',
          log: Log.of('move-to-kafka', 'silent'),
          sessionTimeoutMs: 30_000,
        });
        undo.push(() => kafka.close());
        const progress = outside.isTerminal ? (copied: number) => outside.tell(`\r${copied} messages copied`) : undefined;
        const move = new MoveToKafka({ ...found, kafka, isStopping: () => outside.stopping.aborted, ...(progress ? { progress } : {}) });
        const plan = await move.plan();
        if (dryRun) return outside.out(said(command, plan, false));
        if (!(await move.run()))
          throw new CommandEnded(EXIT.interrupted, 'Stopped in the middle. The same command goes on; until then start nothing.');
        if (outside.isTerminal) outside.tell('\n');
        outside.out(said(command, plan, true));
      } catch (error) {
        if (error instanceof MoveRefused) throw new CommandEnded(EXIT.failed, error.message);
        throw error;
      } finally {
        for (const step of undo.toReversed()) await step();
      }
    });
}

function said(command: Command, { messages, services, alreadyCopied }: Move, isDone: boolean): string {
  const all = [...messages.values()].reduce((sum, one) => sum + one, 0);
  if (wantsJson(command))
    return jsonLine({ dryRun: !isDone, messages: all, alreadyCopied, services, topics: Object.fromEntries(messages) });
  if (services.length === 0) return 'It is on this Kafka already. Nothing was to be done.\n';
  const words = `${all} messages of ${messages.size} topics, and the books and places of ${services.join(', ')}`;
  const before = alreadyCopied > 0 ? ` (${alreadyCopied} messages are there already)` : '';
  return isDone ? `Moved ${words}. Start it with "npm start -- --processes".\n` : `Would move ${words}${before}. Nothing was changed.\n`;
}

async function hold(folder: string, undo: Undo): Promise<void> {
  const { claim, OwnedByAnother, release } = await import('@turnpike/local-postgres');
  await claim(folder).catch((error: unknown) => {
    if (error instanceof OwnedByAnother)
      throw new CommandEnded(
        EXIT.failed,
        `Turnpike runs on ${folder}, as process ${error.ownerPid}. Stop it first: kill ${error.ownerPid}`,
      );
    throw new CommandEnded(EXIT.usage, `${folder} is no folder of a Turnpike. Name it with --data.`);
  });
  undo.push(() => release(folder));
}

/** @returns the URL of a role that is let in everywhere, or whose password alone differs from role to role */
async function postgresOf(folder: string, outside: Outside, undo: Undo): Promise<string> {
  const elsewhere = outside.environment['DATABASE_URL'];
  if (elsewhere) return elsewhere;
  const { startPostgres } = await import('@turnpike/local-postgres');
  const postgres = await startPostgres({ directory: join(folder, 'postgres') });
  undo.push(() => postgres.stop('fast'));
  return postgres.adminUrl;
}

async function brokersOf(named: string | undefined, folder: string, undo: Undo): Promise<string[]> {
  if (named) return named.split(',').map((one) => one.trim());
  const { startKafka } = await import('@turnpike/local-kafka');
  const kafka = await startKafka({ directory: join(folder, 'kafka') });
  undo.push(() => kafka.stop());
  return kafka.brokers;
}

async function passwordsOf(folder: string): Promise<(role: string) => string> {
  const text = await readFile(join(folder, 'secrets.json'), 'utf8').catch(() => null);
  if (text === null) throw new CommandEnded(EXIT.usage, `${folder} has no secrets.json: name the folder of the Turnpike with --data.`);
  const { passwordSeed } = KeptSecrets.parse(JSON.parse(text));
  return (role) => createHmac('sha256', passwordSeed).update(role).digest('base64url');
}

/** The bus, and every service that has a database of its own, each as its infrastructure role. */
async function openDatabases(
  admin: string,
  passwordOf: (role: string) => string,
  undo: Undo,
): Promise<{ bus: PostgresPool; services: Array<MovedService & { url: string }> }> {
  const { openPool, rolesOf } = await import('@turnpike/service');
  const open = (service: string) => {
    const role = rolesOf(service).infrastructure;
    const url = new URL(admin);
    [url.pathname, url.username, url.password] = [`/${service}`, role, encodeURIComponent(passwordOf(role))];
    const pool = openPool({ url: url.href, name: 'turnpike move-to-kafka', size: 5, onError: () => undefined });
    undo.push(() => pool.end());
    return { name: service, infrastructure: pool, url: url.href };
  };
  const bus = open('bus').infrastructure;
  const { rows } = await bus.query<{ name: string }>(
    `select d.datname as name from pg_database d join pg_roles r on r.rolname = 'turnpike_' || d.datname || '_infra' where d.datname <> 'bus' order by 1`,
  );
  return { bus, services: rows.map(({ name }) => open(name)) };
}

/** A running service's relay has its lock; held here until the end, none can begin to send meanwhile. */
async function assertStopped(services: ReadonlyArray<{ name: string; url: string }>, undo: Undo): Promise<void> {
  const { openSession } = await import('@turnpike/service');
  for (const { name, url } of services) {
    const session: PostgresClient = await openSession({ url, name: 'turnpike move-to-kafka', idleSeconds: 0, onEnd: () => undefined });
    undo.push(() => session.end());
    const { rows } = await session.query<{ locked: boolean }>(
      `select pg_try_advisory_lock(hashtextextended('turnpike relay', 0)) as locked`,
    );
    if (rows[0]?.locked !== true) throw new CommandEnded(EXIT.failed, `${name} runs. Stop every service first: nothing was changed.`);
  }
}
