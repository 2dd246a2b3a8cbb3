/**
 * Runs one kind of test below one folder: `node tools/jest.mjs unit|postgres|kafka|e2e [folder] [jest's own options]`.
 * Jest needs the VM modules flag for packages that exist only as ES modules (NestJS 12, MikroORM 7).
 */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const [kind = 'unit', folder = '.', ...rest] = process.argv.slice(2);
const { status, signal } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    `${root}/node_modules/jest/bin/jest.js`,
    '--config',
    `${root}/jest.config.mjs`,
    ...rest,
  ],
  { stdio: 'inherit', cwd: root, env: { ...process.env, TEST_KIND: kind, TEST_ROOT: resolve(root, folder) } },
);
process.exit(signal ? 1 : (status ?? 1));
