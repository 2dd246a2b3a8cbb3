/**
 * Stands between the owner and the broker, so that no broker outlives its owner. However the owner ends, SIGKILL included, the
 * system closes the channel between us; then the broker is killed. It stands in a process group of its own: Ctrl-C in a terminal
 * reaches the services, and the broker only when its owner says so.
 *
 * Run with a channel (fork), the program and its arguments. Says `{ pid }` of the program at its start; ends as the program ended.
 */
import { spawn } from 'node:child_process';

const [program = '', ...args] = process.argv.slice(2);
const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });

process.on('disconnect', () => {
  child.kill('SIGKILL');
});
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => child.kill('SIGTERM'));

child.on('spawn', () => {
  if (process.connected) process.send?.({ pid: child.pid });
  else child.kill('SIGKILL');
});
child.on('error', (error) => {
  console.error(error.message);
  process.exit(127);
});
child.on('exit', (status) => process.exit(status ?? 1));
