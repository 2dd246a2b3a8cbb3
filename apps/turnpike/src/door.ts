/**
 * The front door alone, before services that run elsewhere, each in a container of its own (docker-compose.yml): one address for all of
 * them, with the same doors as `npm start`.
 */
import { Log, readConfig, ServiceConfig } from '@turnpike/service';
import { doorMetrics } from './door.metrics.js';
import { elsewhere } from './elsewhere.js';
import { FrontDoor } from './front-door.js';
import { SERVICES } from './services.js';

const Settings = ServiceConfig.pick({ HOST: true, PORT: true, LOG_LEVEL: true, WRITER_URLS: true });

try {
  const { HOST, PORT, LOG_LEVEL, WRITER_URLS } = readConfig('turnpike', Settings);
  const log = Log.of('turnpike', LOG_LEVEL);
  const backends = SERVICES.map((service) => {
    const url = WRITER_URLS.get(service.name);
    if (url === undefined) throw new Error(`WRITER_URLS does not say where ${service.name} is.`);
    return elsewhere(service, new URL(url));
  });
  const door = new FrontDoor();
  log.info('turnpike.listening', { url: await door.listen(PORT, HOST) });
  door.open(backends, doorMetrics(null));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void door.close().then(() => process.exit(0)));
} catch (error) {
  process.stderr.write(`The front door did not open. ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
