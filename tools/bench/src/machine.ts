import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg, platform, totalmem } from 'node:os';

/** One core for what makes the load, the other for what bears it. */
export const CORES = { load: 0, measured: 1 } as const;

export const canPin = platform() === 'linux' && cpus().length > 1 && spawnSync('taskset', ['--version']).status === 0;

/** The words before a program's name that keep it, and all it starts, on one core. */
export function pinned(core: number): readonly string[] {
  return canPin ? ['taskset', '-c', String(core)] : [];
}

/** Moves a running process, its threads and its children to one core. */
export function pin(pid: number, core: number): void {
  if (!canPin) return;
  for (const one of [pid, ...childrenOf(pid)]) spawnSync('taskset', ['-a', '-c', '-p', String(core), String(one)]);
}

/** Lets a process that was pinned run wherever there is room. */
export function everyCore(pid: number): void {
  if (canPin) spawnSync('taskset', ['-a', '-c', '-p', `0-${cpus().length - 1}`, String(pid)]);
}

/** Processes and threads alike count their time in hundredths of a second (`getconf CLK_TCK`, 100 on every Linux that Node runs on). */
const MS_PER_TICK = 10;

/** The CPU time, in milliseconds, that processes, their children and their ended children have used so far. NaN where /proc is missing. */
export function cpuMsOf(pids: readonly number[]): number {
  return pids.flatMap((pid) => [pid, ...childrenOf(pid)]).reduce((sum, pid) => sum + ticksOf(pid), 0) * MS_PER_TICK;
}

/** "2 x Intel Xeon @ …, 24 GB, Linux, Node 24.21.0, PostgreSQL 18.4, 2026-11-21T12:00Z, load 0.4" */
export function describeMachine(programs: Readonly<Record<string, string>>, { isPinned } = { isPinned: canPin }): string {
  const [first] = cpus();
  return [
    `${cpus().length} x ${first?.model.trim() ?? 'unknown processor'}`,
    `${Math.round(totalmem() / 2 ** 30)} GB`,
    platform(),
    `Node ${process.versions.node}`,
    ...Object.entries(programs).map(([name, version]) => `${name} ${version}`),
    isPinned ? `load on core ${CORES.load}, the rest on core ${CORES.measured}` : 'nothing pinned to a core',
    `load average before ${loadavg()[0]?.toFixed(1) ?? '?'}`,
    new Date().toISOString().slice(0, 16) + 'Z',
  ].join(', ');
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

/** Of the process itself and of the children it has outlived (`man 5 proc`: utime, stime, cutime, cstime). */
function ticksOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  } catch {
    return platform() === 'linux' ? 0 : Number.NaN;
  }
}
