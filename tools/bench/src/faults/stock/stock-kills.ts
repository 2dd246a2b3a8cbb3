import { randomInt } from 'node:crypto';
import { pause } from '../fault.js';
import { StockStage } from './stock-stage.js';

/** The same kills for what is usual: how much of what it said 2xx to has no effect, or more than one. */
export async function stockKills(options: {
  isShort: boolean;
  perSecond: number;
  tell: (line: string) => void;
}): Promise<{ kills: number; accepted: number; lost: number; doubled: number }> {
  const wished = options.isShort ? 8 : 50;
  const stage = await StockStage.open();
  try {
    await stage.start('gateway', 2);
    await stage.start('consumer', 2);
    const load = stage.load('S');
    load.start(options.perSecond);
    await pause(3_000);
    for (let killed = 0; killed < wished; killed++) {
      const up = stage.processes.filter(({ url }) => url !== null);
      up[randomInt(up.length)]?.kill();
      await pause(300 + randomInt(900));
      for (const end = Date.now() + 30_000; stage.processes.some(({ url }) => url === null) && Date.now() < end;) await pause(50);
    }
    await load.finish(60_000);
    const accepted = [...load.accepted.keys()];
    const effects = await settled(stage, accepted.length);
    const lost = accepted.filter((id) => !effects.has(id)).length;
    const doubled = [...effects.values()].filter((times) => times > 1).length;
    options.tell(`stock: ${wished} kills, ${accepted.length} accepted, ${lost} lost, ${doubled} doubled`);
    return { kills: wished, accepted: accepted.length, lost, doubled };
  } finally {
    await stage.close();
  }
}

/** Until all have taken effect, or nothing has moved for ten seconds. */
async function settled(stage: StockStage, events: number): Promise<Map<string, number>> {
  let [count, movedAt] = [-1, Date.now()];
  for (;;) {
    const { rows } = await stage.pool.query<{ n: string }>('select count(*) as n from effect');
    const now = Number(rows[0]?.n ?? 0);
    if (now !== count) [count, movedAt] = [now, Date.now()];
    if (now >= events || Date.now() - movedAt > 10_000) break;
    await pause(200);
  }
  const { rows } = await stage.pool.query<{ id: string; times: number }>('select id, times from effect');
  return new Map(rows.map(({ id, times }) => [id, times]));
}
