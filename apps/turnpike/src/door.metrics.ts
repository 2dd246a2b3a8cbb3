import { statfs } from 'node:fs/promises';
import { Measured } from '@turnpike/service';
import { collectDefaultMetrics, Registry } from 'prom-client';

/**
 * What the process of the front door says of itself, with the label `service="turnpike"`: its memory, processor and event loop, by
 * the names that all of Node's exporters use, and the disk that its folder lies on.
 */
export function doorMetrics(folder: string | null): () => Promise<string> {
  const registry = new Registry();
  registry.setDefaultLabels({ service: 'turnpike' });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 200 });
  if (folder !== null) addDisk(registry, folder);
  return () => registry.metrics();
}

function addDisk(registry: Registry, folder: string): void {
  const measured = new Measured(registry, async () => {
    const { bavail, blocks, bsize } = await statfs(folder);
    return () => {
      free.set(bavail * bsize);
      size.set(blocks * bsize);
    };
  });
  const free = measured.gauge({ name: 'turnpike_disk_free_bytes', help: 'What is left of the disk that the folder of npm start lies on.' });
  const size = measured.gauge({ name: 'turnpike_disk_size_bytes', help: 'The whole of that disk.' });
}
