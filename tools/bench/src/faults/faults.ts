import { kafkaVersion } from '@turnpike/local-kafka';
import { describeMachine } from '../machine.js';
import { brokerAway } from './broker-away.js';
import { badLines } from './bad-lines.js';
import { crashes } from './crashes.js';
import { diskFull } from './disk-full.js';
import type { Fault } from './fault.js';
import type { FaultReport } from './fault-report.js';
import { kills } from './kills.js';
import { lineToStripe } from './line-to-stripe.js';
import { poison } from './poison.js';
import { promotions } from './promotions.js';
import { rebalances } from './rebalances.js';
import { stops } from './stops.js';

/** By the rows of the table of faults: what is done, in order. */
const FAULTS: Readonly<Record<string, Readonly<Record<string, Fault>>>> = {
  r2: { kills },
  r3: { 'broker-away': brokerAway, 'bad-lines': badLines, 'line-to-stripe': lineToStripe },
  r4: { crashes, 'disk-full': diskFull, promotions },
  r5: { poison, rebalances, stops },
};

/** What may be named on the command line: a row, or one fault of it. */
export const FAULT_NAMES: readonly string[] = Object.entries(FAULTS).flatMap(([row, faults]) => [row, ...Object.keys(faults)]);

/** R2 to R5: breaks what Turnpike stands on, and counts. @param only rows or single faults; all when there is none */
export async function faults(only: readonly string[], isShort: boolean, tell: (line: string) => void): Promise<FaultReport> {
  const machine = describeMachine({ Kafka: await kafkaVersion() }, { isPinned: false });
  const cases: FaultReport['cases'][number][] = [];
  const notes: string[] = [];
  for (const [row, ofRow] of Object.entries(FAULTS)) {
    for (const [name, fault] of Object.entries(ofRow)) {
      if (only.length > 0 && !only.includes(row) && !only.includes(name)) continue;
      const begun = Date.now();
      tell(`${row} ${name} …`);
      try {
        const found = await fault({ isShort, tell: (line) => tell(`  ${line}`) });
        cases.push(...found.cases.map((one) => ({ ...one, case: `${row} ${one.case}` })));
        notes.push(...found.notes.map((note) => `${row} ${name}: ${note}`));
      } catch (error) {
        // The others are still worth knowing; this one has kept no promise.
        cases.push({ case: `${row} ${name} could be run`, unit: 'times', ours: 0, theirs: null, promised: { atLeast: 1 } });
        notes.push(`${row} ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      }
      tell(`${row} ${name} took ${((Date.now() - begun) / 1000).toFixed(0)} s`);
    }
  }
  return { machine, cases, notes };
}
