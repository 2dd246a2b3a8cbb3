import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { ROOT } from './folders.js';
import type { Part } from './parts.js';
import type { Outcome } from './verdict.rules.js';

/** The environment of every part: Nx quiet, without daemon and cloud, and the repository's own Node first on the path. */
export function environmentOfParts(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...environment,
    NX_DAEMON: 'false',
    NX_TUI: 'false',
    NX_NO_CLOUD: 'true',
    KAFKAJS_NO_PARTITIONER_WARNING: '1',
    PATH: [join(ROOT, 'node_modules', '.bin'), environment['PATH']].filter(Boolean).join(delimiter),
  };
}

/** Runs one part, its output going where ours goes. Ctrl-C reaches it by itself; we wait until it has put its servers away. */
export async function runPart(part: Part): Promise<Outcome> {
  console.log(`\n── ${part.name} ──`);
  const started = performance.now();
  const [program = '', ...args] = part.command;
  const child = spawn(program === 'node' ? process.execPath : program, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: environmentOfParts(process.env),
  });
  let interrupted: NodeJS.Signals | null = null;
  const stop = (signal: NodeJS.Signals) => {
    interrupted = signal;
    if (signal === 'SIGTERM') child.kill(signal);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  const status = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', (code) => resolve(code));
  });
  process.off('SIGINT', stop).off('SIGTERM', stop);
  if (interrupted !== null) process.exit(interrupted === 'SIGINT' ? 130 : 143);
  return { name: part.name, kind: part.kind, isGreen: status === 0, seconds: (performance.now() - started) / 1000 };
}
