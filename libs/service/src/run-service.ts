import { collectDefaultMetrics } from 'prom-client';
import type { RoadHandle, ServiceConfig, ServiceDefinition } from './service.js';
import { startService } from './start-service.js';

/**
 * The whole of an app's main.ts: starts it as a process of its own and owns its shutdown. SIGTERM and SIGINT finish what runs; a second
 * signal ends at once.
 */
export async function runService<S extends typeof ServiceConfig, R extends RoadHandle>(definition: ServiceDefinition<S, R>): Promise<void> {
  const service = await startService(definition).catch((error: unknown) => {
    process.stderr.write(`${definition.name} did not start: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
  // Looking at the event loop every 10 ms, as it would, costs an idle process more than all else that it does.
  collectDefaultMetrics({ register: service.registry, eventLoopMonitoringPrecision: 200 });
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(1);
    stopping = true;
    void service.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // Started by another process of ours: its end is ours, too.
  if (process.send) process.on('disconnect', stop);
  const url = await service.listen();
  process.send?.({ listening: url });
}
