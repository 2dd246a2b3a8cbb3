/**
 * Runs a TypeScript file of this checkout in this process. Node takes conditions only on its command line or in a hook, and a hook needs
 * no second process that would have to pass signals on.
 */
import './require-node.mjs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const checkout = join(import.meta.dirname, '..');

/** @param {string} file from the checkout */
export async function runSource(file) {
  const environmentFile = join(checkout, '.env');
  if (existsSync(environmentFile)) process.loadEnvFile(environmentFile);
  // Not imported above: an old Node has no such export, and would say so before require-node.mjs is asked.
  const { registerHooks } = await import('node:module');
  await import('./loader.mjs');
  registerHooks({
    resolve: (specifier, context, next) => next(specifier, { ...context, conditions: [...context.conditions, '@turnpike/source'] }),
  });
  await import(pathToFileURL(join(checkout, file)).href);
}
