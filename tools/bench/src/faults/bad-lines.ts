import type { TcpProxy } from '@turnpike/testing';
import { atLeast, atMost, type Fault, pause, told } from './fault.js';
import { Stage } from './stage.js';
import { tallyOf } from './tally.js';

/** As the driver sends it: the whole of a simple query. */
const COMMIT = Buffer.from('commit\0');
const PRODUCE = 0;

interface Phase {
  readonly name: string;
  readonly events: number;
  readonly atOnce: number;
  during(lines: { readonly postgres: TcpProxy; readonly kafka: TcpProxy }, load: () => Promise<void>): Promise<void>;
}

/** R3, second half: what networks do between services and PostgreSQL, and between services and Kafka, one after the other. */
export const badLines: Fault = async ({ isShort, tell }) => {
  const scale = isShort ? 0.06 : 1;
  const stage = await Stage.open({ throughProxies: true });
  try {
    const { lines } = stage;
    if (!lines) throw new Error('This stage was opened without proxies.');
    await stage.start('gateway');
    await stage.start('customers', 2);
    await stage.start('books');
    const load = stage.load('N');
    await load.sendAll(50, 8);
    let unanswered = 0;
    for (const { name, events, atOnce, during } of phases(isShort)) {
      const begun = Date.now();
      const count = Math.max(30, Math.round(events * scale));
      await during(lines, () => load.sendAll(count, atOnce));
      becomeGood(lines);
      const refused = load.attempts.filter(({ status }) => status < 200 || status >= 300).length - unanswered;
      unanswered += refused;
      tell(`${name}: ${count} events in ${((Date.now() - begun) / 1000).toFixed(0)} s, ${refused} attempts not answered with 2xx`);
    }
    await load.finish();
    const sentAt = Date.now();
    const tally = await tallyOf(stage, [load], isShort ? 60_000 : 330_000);
    if (tally.lost + tally.doubled > 0) tell(`what is wrong, and where: ${JSON.stringify(tally.where)}`);
    return {
      cases: [
        told('bad lines: events accepted', 'events', tally.accepted),
        told('half-open: until everything had gone its way', 'ms', Date.now() - sentAt),
        atLeast(1, 'replies lost after COMMIT', 'replies', lines.postgres.repliesLost),
        atLeast(1, 'replies lost after produce', 'replies', lines.kafka.repliesLost),
        atMost(0, 'bad lines: accepted and not durable', 'events', tally.notDurable),
        atMost(0, 'bad lines: lost', 'events', tally.lost),
        atMost(0, 'bad lines: doubled', 'effects', tally.doubled),
      ],
      notes: [
        `in turn, on the lines to PostgreSQL and to Kafka: every 30th COMMIT and every 10th produce done and its reply dropped with the connection; 500 ms a round trip and up to 100 more; ` +
          `every 300 ms a third of the connections reset; pieces of 97 bytes at 2 MB/s; in the end all connections half-open${isShort ? ' (to Kafka alone)' : ''}, while new ones work`,
      ],
    };
  } finally {
    if (stage.lines) becomeGood(stage.lines);
    await stage.close();
  }
};

function phases(isShort: boolean): Phase[] {
  return [
    {
      name: 'replies lost',
      events: 5_500,
      atOnce: 32,
      async during({ postgres, kafka }, load) {
        postgres.loseReplies((request) => request.includes(COMMIT) && Math.random() < 1 / 30);
        kafka.loseReplies((request) => request.length > 6 && request.readInt16BE(4) === PRODUCE && Math.random() < 1 / 10);
        await load();
      },
    },
    {
      name: 'latency',
      events: 300,
      atOnce: 16,
      async during({ postgres, kafka }, load) {
        for (const line of [postgres, kafka]) line.become({ latencyMs: 250, jitterMs: 50 });
        await load();
      },
    },
    {
      name: 'resets',
      events: 2_500,
      atOnce: 32,
      async during({ postgres, kafka }, load) {
        const timer = setInterval(() => [postgres, kafka].forEach((line) => line.reset(1 / 3)), 300);
        await load().finally(() => clearInterval(timer));
      },
    },
    {
      name: 'slices',
      events: 700,
      atOnce: 16,
      async during({ postgres, kafka }, load) {
        for (const line of [postgres, kafka]) line.become({ sliceBytes: 97, bytesPerSecond: 2_000_000 });
        await load();
      },
    },
    {
      name: 'half-open',
      events: 1_000,
      atOnce: 16,
      async during({ postgres, kafka }, load) {
        const sending = load();
        await pause(300);
        kafka.loseTrack();
        // A relay's own session to PostgreSQL is given up only after five minutes of silence (docs/operating.md).
        if (!isShort) postgres.loseTrack();
        await sending;
      },
    },
  ];
}

function becomeGood({ postgres, kafka }: { readonly postgres: TcpProxy; readonly kafka: TcpProxy }): void {
  for (const line of [postgres, kafka]) {
    line.become(null);
    line.loseReplies(() => false);
  }
}
