import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { ROOT } from './folders.js';
import type { Part, Stage } from './parts.js';
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

/** Runs the parts of a stage side by side. The output of several is shown part after part, each when it has ended. */
export function runStage(stage: Stage): Promise<Outcome[]> {
  if (stage.length > 1) process.stdout.write(`\n${stage.map(({ name }) => name).join(', ')} …\n`);
  return Promise.all(stage.map((part) => runPart(part, stage.length > 1)));
}

/** Runs one part. Ctrl-C reaches it by itself; we wait until it has put its servers away. */
async function runPart(part: Part, isBesideOthers: boolean): Promise<Outcome> {
  const title = `\n── ${part.name} ──\n`;
  if (!isBesideOthers) process.stdout.write(title);
  const started = performance.now();
  const [program = '', ...args] = part.command;
  const child = spawn(program === 'node' ? process.execPath : program, args, {
    cwd: ROOT,
    stdio: isBesideOthers ? ['inherit', 'pipe', 'pipe'] : 'inherit',
    env: environmentOfParts(process.env),
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (said += text));
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
  if (isBesideOthers) process.stdout.write(`${title}${said}`);
  return { name: part.name, kind: part.kind, isGreen: status === 0, seconds: (performance.now() - started) / 1000 };
}
