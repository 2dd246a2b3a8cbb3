import type { Command } from 'commander';
import { RestoredResponse } from '@turnpike/contracts-http';
import { ask } from './ask.js';
import type { Outside } from './outside.js';
import { servicesOf, wantsJson } from './services.js';
import { jsonLine } from './words.js';

/** `turnpike restored <service>` */
export function restored(turnpike: Command, outside: Outside): void {
  turnpike
    .command('restored')
    .description('says that the database of a service was set back: it tells everything again, in a new epoch')
    .argument('<service>', 'whose database it was: customers, catalog, …')
    .action(async (service: string, _options: object, command: Command) => {
      const services = await servicesOf(command, outside);
      await ask(services, { method: 'POST', service, path: 'restored' }, RestoredResponse);
      const sentence = `${service} begins a new epoch and tells everything again; its log says road.epoch.begun and announce-all.finished.\n`;
      outside.out(wantsJson(command) ? jsonLine({ service, willTellAgain: true }) : sentence);
    });
}
