import { askAt, passOn } from './proxy.js';
import type { Backend } from './backend.js';
import type { Service } from './services.js';

/** A service that somebody else runs, in a container or on a machine of its own: reached, and never started or stopped. */
export function elsewhere({ name, title, doors }: Pick<Service, 'name' | 'title' | 'doors'>, origin: URL): Backend {
  return {
    name,
    title,
    doors,
    isUp: true,
    handle: (request, response) => passOn(name, origin, request, response),
    check: async () => void (await askAt(name, origin, '/readyz')),
    metrics: () => askAt(name, origin, '/metrics'),
    stop: async () => undefined,
  };
}
