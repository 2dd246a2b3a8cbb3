import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../peers/', import.meta.url));

/** Installs what Turnpike is measured against, once. Whoever installs Turnpike does not get it. */
export function installPeers(tell: (line: string) => void): void {
  if (areInstalled()) return;
  tell('Installing the peers into tools/bench/peers (once) …');
  const { status, stderr } = spawnSync('npm', ['ci', '--prefix', FOLDER, '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ci --prefix tools/bench/peers failed: ${stderr.trim()}`);
}

/** Each in the version that is asked for: there are more peers than when some were installed. */
function areInstalled(): boolean {
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(readFileSync(`${FOLDER}package.json`, 'utf8'));
  return Object.entries(dependencies).every(([name, version]) => versionOf(name) === version);
}

function versionOf(name: string): string | null {
  try {
    const { version }: { version: string } = JSON.parse(readFileSync(`${FOLDER}node_modules/${name}/package.json`, 'utf8'));
    return version;
  } catch {
    return null;
  }
}
