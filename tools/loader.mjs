/**
 * Lets Node run this repository's TypeScript as it stands: `node --conditions=@turnpike/source --import ./tools/loader.mjs file.ts`.
 * Node's own type stripping cannot do decorators and their metadata, which Nest's injection needs; SWC does both in about
 * a millisecond a file, so that there is no build step between a change and its run.
 */
import { transformSync } from '@swc/core';
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { swcOptions } from './swc.mjs';

process.setSourceMapsEnabled(true);

registerHooks({
  resolve(specifier, context, next) {
    // Sources name each other by the file that a build would make (`./outbox.js`), as NodeNext asks.
    if (specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL?.endsWith('.ts')) {
      return next(`${specifier.slice(0, -3)}.ts`, context);
    }
    return next(specifier, context);
  },
  load(url, context, next) {
    if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
    const filename = fileURLToPath(url);
    const { code } = transformSync(readFileSync(filename, 'utf8'), { filename, sourceMaps: 'inline', ...swcOptions });
    return { format: 'module', source: code, shortCircuit: true };
  },
});
