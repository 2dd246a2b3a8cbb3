import { until } from '@turnpike/testing';
import { atMost, type Fault, pause, told } from './fault.js';
import type { ServiceProcess } from './fleet.js';
import { Stage } from './stage.js';

const HANDLER_MS = 2_000;
const MESSAGES = 6;

/** R5: SIGTERM while handlers of two seconds run. What runs is finished, nothing more is begun, and nothing comes twice. */
export const stops: Fault = async ({ isShort, tell }) => {
  const times = isShort ? 2 : 5;
  const stage = await Stage.open();
  try {
    await stage.start('gateway');
    const load = stage.load('T');
    const inside = stage.databases.inside('books');
    const [after, whole]: [number[], number[]] = [[], []];
    let dropped = 0;
    for (let stop = 1; stop <= times; stop++) {
      await load.sendOfOne(`T${stop}`, MESSAGES);
      await until('all is on the log', async () => (await stage.relayed('gateway')) === stop * MESSAGES, 30_000);
      const [reader] = await stage.start('books', 1, { BOOKS_HANDLER_MS: String(HANDLER_MS) });
      if (!reader) throw new Error('No reader was started.');
      const { rows: before } = await inside.query<{ n: string }>('select count(*) as n from effect');
      await until('a handler runs', async () => (await runningHandlers(stage)) > 0, 30_000);
      await pause(HANDLER_MS / 4);
      dropped += await droppedBy(reader);
      whole.push(await reader.stop());
      const endedAt = Date.now();
      const { rows } = await inside.query<{ n: string; last: Date | null }>('select count(*) as n, max(at) as last from effect');
      const lastAt = rows[0]?.last?.getTime() ?? endedAt;
      after.push(endedAt - lastAt);
      tell(
        `stop ${stop}: ended ${endedAt - lastAt} ms after the last handler, ${Number(rows[0]?.n) - Number(before[0]?.n)} messages took effect`,
      );
    }
    const [reader] = await stage.start('books');
    if (!reader) throw new Error('No reader was started.');
    await until(
      'all is read',
      async () => {
        const { rows } = await inside.query<{ n: string }>('select count(*) as n from effect');
        return Number(rows[0]?.n) >= times * MESSAGES;
      },
      60_000,
    );
    dropped += await droppedBy(reader);
    const { rows: doubled } = await inside.query<{ n: string }>('select count(*) as n from effect where times > 1');
    await load.finish();
    return {
      cases: [
        told('stops by SIGTERM', 'stops', times),
        atMost(1_000, 'ended after the last handler, worst', 'ms', Math.max(...after)),
        atMost(HANDLER_MS + 1_000, 'from SIGTERM to the end, worst', 'ms', Math.max(...whole)),
        atMost(0, 'came again after a stop', 'messages', dropped + Number(doubled[0]?.n)),
      ],
      notes: [
        `handlers of ${HANDLER_MS / 1000} s, ${MESSAGES} messages of one key waiting for them; the running one is the one at SIGTERM`,
      ],
    };
  } finally {
    await stage.close();
  }
};

/** A transaction of the reader that waits for its handler. */
async function runningHandlers(stage: Stage): Promise<number> {
  const { rows } = await stage.databases
    .inside('books')
    .query<{ n: string }>(
      `select count(*) as n from pg_stat_activity where datname = current_database() and usename = 'turnpike_books' and state = 'idle in transaction' and state_change < clock_timestamp() - interval '200 ms'`,
    );
  return Number(rows[0]?.n ?? 0);
}

async function droppedBy({ url }: ServiceProcess): Promise<number> {
  if (url === null) return 0;
  const metrics = await (await fetch(new URL('/metrics', url))).text();
  return [...metrics.matchAll(/^turnpike_messages_dropped_total\{[^}]*\} (\d+)$/gm)].reduce((sum, match) => sum + Number(match[1]), 0);
}
