import type { LogDestination } from '@turnpike/service';
import type { Backend } from './backend.js';
import type { Service } from './services.js';

/** Starts a service inside this process: it answers what the front door hands it, and has no port of its own. */
export async function startHere(service: Service, environment: Readonly<Record<string, string>>, logTo?: LogDestination): Promise<Backend> {
  const running = await service.start(environment, logTo);
  return {
    name: service.name,
    title: service.title,
    doors: service.doors,
    isUp: true,
    handle: (request, response) => running.handle(request, response),
    check: () => running.check(),
    metrics: () => running.registry.metrics(),
    stop: () => running.stop(),
  };
}
