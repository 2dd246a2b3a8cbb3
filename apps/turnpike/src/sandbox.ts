import { join } from 'node:path';
import { freePort } from '@turnpike/free-port';
import { startSandbox } from '@turnpike/sandbox';
import { startAsProcess, type Watched } from './own-process.js';
import type { Server } from './servers.js';

/** Three retries, as at Stripe (which takes hours for them): a service that is restarted is back within the first two. */
const RETRY_AFTER_MS = [1_000, 5_000, 30_000];
const CHECKOUT = join(import.meta.dirname, '..', '..', '..');

/** Where the Sandbox keeps its state and would like to listen. */
export interface SandboxPlace {
  readonly folder: string;
  readonly host: string;
  /** Another free one is taken where somebody has this one. */
  readonly port: number;
}

/**
 * The stand-in for Stripe, on a port of its own: its paths are Stripe's, and some of them are ours as well.
 * @param asProcess as a process of its own, restarted should it end
 */
export async function ownSandbox(
  { folder, host, port: wanted }: SandboxPlace,
  asProcess: boolean,
  { log, logFile }: Pick<Watched, 'log' | 'logFile'>,
): Promise<Server> {
  const port = await freePort('the Sandbox', wanted).catch(() => freePort('the Sandbox'));
  if (!asProcess) {
    const sandbox = await startSandbox({
      data: folder,
      host,
      port,
      retryAfterMs: RETRY_AFTER_MS,
      failed: (error) => log.warn('sandbox.failed', { error: String(error) }),
    });
    return { address: sandbox.url, stop: () => sandbox.stop() };
  }
  const program = {
    arguments: [
      ...['--conditions=@turnpike/source', '--import', join(CHECKOUT, 'tools', 'loader.mjs')],
      join(CHECKOUT, 'apps', 'sandbox', 'src', 'main.ts'),
      ...['--port', String(port), '--host', host, '--data', folder, '--retry-after-ms', RETRY_AFTER_MS.join(',')],
    ],
  };
  const { stop } = await startAsProcess({ name: 'sandbox', title: 'Sandbox', doors: [] }, {}, { log, logFile, program });
  return { address: `http://${host}:${port}`, stop };
}
