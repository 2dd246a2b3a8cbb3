/** `npm run check`: what needs no server. */
import { rmSync } from 'node:fs';
import { conclude } from './conclude.js';
import { REPORTS } from './folders.js';
import { CHECK } from './parts.js';
import { runStage } from './run-part.js';
import type { Outcome } from './verdict.rules.js';

rmSync(REPORTS, { recursive: true, force: true });
const outcomes: Outcome[] = [];
for (const stage of CHECK) outcomes.push(...(await runStage(stage)));
if (conclude(outcomes, { withoutKafka: null }).failed > 0) process.exitCode = 1;
