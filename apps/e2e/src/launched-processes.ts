import { runToEnd, type Start } from './npm-start.js';

/** The children of the launcher that run a service's main, each with its name; the Sandbox is none of them. */
export async function serviceProcessesOf(start: Start): Promise<Array<{ name: string; pid: number }>> {
  return (await childrenOf(start.launcherPid)).flatMap(({ pid, command }) => {
    const name = /apps\/([a-z-]+)\/src\/main\.ts/.exec(command)?.[1];
    return name === undefined || name === 'sandbox' ? [] : [{ name, pid }];
  });
}

/** The same by name, where every service runs once. */
export async function servicesOf(start: Start): Promise<Map<string, number>> {
  return new Map((await serviceProcessesOf(start)).map(({ name, pid }) => [name, pid]));
}

/** The broker runs under its supervisor, which is a child of the launcher. */
export async function brokerOf(start: Start): Promise<number> {
  for (const { pid, command } of await childrenOf(start.launcherPid)) {
    if (command.includes('supervisor.mjs')) return (await childrenOf(pid))[0]?.pid ?? 0;
  }
  return 0;
}

async function childrenOf(pid: number): Promise<Array<{ pid: number; command: string }>> {
  const { output } = await runToEnd('ps', ['-ww', '-o', 'pid=,command=', '--ppid', String(pid)]);
  return output
    .split('\n')
    .filter(Boolean)
    .map((line) => ({ pid: Number.parseInt(line, 10), command: line }));
}
