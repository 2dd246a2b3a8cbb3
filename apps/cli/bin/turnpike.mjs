#!/usr/bin/env node
/** `npm run turnpike -- …`, `npx turnpike …`. */
// A program and no library: tools/ is no package that could be named here, and there is no build yet that could be run instead.
// eslint-disable-next-line @nx/enforce-module-boundaries
import { runSource } from '../../../tools/run-source.mjs';

await runSource('apps/cli/src/main.ts');
