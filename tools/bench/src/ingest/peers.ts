import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../peers/', import.meta.url));

/** Installs what Turnpike is measured against, once. Whoever installs Turnpike does not get it. */
export function installPeers(tell: (line: string) => void): void {
  if (existsSync(`${FOLDER}node_modules/.package-lock.json`)) return;
  tell('Installing the peers into tools/bench/peers (once) …');
  const { status, stderr } = spawnSync('npm', ['ci', '--prefix', FOLDER, '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ci --prefix tools/bench/peers failed: ${stderr.trim()}`);
}
