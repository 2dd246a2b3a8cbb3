import { PARTITIONS } from '@turnpike/contracts-events';
import kafkajs from 'kafkajs';
import { type FaultEffort, pause } from '../fault.js';
import { StockEvent } from './stock-event.js';
import { StockStage } from './stock-stage.js';

const BEFORE = 5;
const BEHIND = 50;

/** A poison message in each partition of the stock transport. @returns the share of what stands behind it that took effect within 30 s */
export async function stockPoison({ isShort, tell }: FaultEffort): Promise<number> {
  const stage = await StockStage.open();
  try {
    const producer = new kafkajs.Kafka({ clientId: 'bench', brokers: stage.kafka.brokers, logLevel: kafkajs.logLevel.NOTHING }).producer();
    await producer.connect();
    const messages = Array.from({ length: PARTITIONS }, (_, partition) =>
      Array.from({ length: BEFORE + 1 + BEHIND }, (_, at) => {
        const id = `${at < BEFORE ? 'before' : at === BEFORE ? 'poison' : 'behind'}-${partition}-${at}`;
        return { partition, key: id, value: JSON.stringify({ id, isPoison: at === BEFORE }) };
      }),
    ).flat();
    await producer.send({ topic: StockEvent.name, acks: -1, messages });
    await producer.disconnect();
    await stage.start('consumer', 1);
    const count = async (like: string) => {
      const { rows } = await stage.pool.query<{ n: string }>('select count(*) as n from effect where id like $1', [like]);
      return Number(rows[0]?.n ?? 0);
    };
    for (const end = Date.now() + 60_000; Date.now() < end && (await count('before-%')) < PARTITIONS * BEFORE;) await pause(100);
    await pause(isShort ? 10_000 : 30_000);
    const share = (await count('behind-%')) / (PARTITIONS * BEHIND);
    tell(`stock: ${(share * 100).toFixed(0)} % of what stands behind poison took effect`);
    return share;
  } finally {
    await stage.close();
  }
}
