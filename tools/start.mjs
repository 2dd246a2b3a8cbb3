/** `npm start`: one process from here on. */
import { runSource } from './run-source.mjs';

await runSource('apps/turnpike/src/main.ts');
