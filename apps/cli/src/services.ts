import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { CommandEnded, EXIT } from './outcome.js';
import type { Outside } from './outside.js';

/** Where the services of one Turnpike are asked, and with which token. */
export interface Services {
  /** @throws CommandEnded for a service that this Turnpike does not name */
  at(service: string): URL;
  /** Whether it is known where the service is. */
  has(service: string): boolean;
  /** Opens the doors for operators. Never printed. */
  readonly token: string;
  /** The folder of `npm start`, where that is who runs it. */
  readonly folder: string | null;
}

/** The options that every command takes. */
const Everywhere = z.looseObject({ json: z.boolean().default(false), data: z.string().optional(), url: z.string().optional() });

export function wantsJson(command: Command): boolean {
  return Everywhere.parse(command.optsWithGlobals()).json;
}

/**
 * Finds the Turnpike that is meant: `--url`, `--data`, the settings of a service's container, the folder in the checkout, in this order.
 * @throws CommandEnded with what to do
 */
export async function servicesOf(command: Command, outside: Outside): Promise<Services> {
  const { data, url } = Everywhere.parse(command.optsWithGlobals());
  const { SERVICE_TOKEN: ownToken, WRITER_URLS: urls } = outside.environment;
  if (url !== undefined && data !== undefined) throw new CommandEnded(EXIT.usage, '--url and --data are opposites: give one of them.');
  if (url !== undefined) {
    if (!URL.canParse(url)) throw new CommandEnded(EXIT.usage, `"${url}" is no URL.`);
    if (!ownToken) throw new CommandEnded(EXIT.usage, '--url needs the service token of that Turnpike in SERVICE_TOKEN.');
    return { at: () => new URL(url), has: () => true, token: ownToken, folder: null };
  }
  if (data === undefined && urls && ownToken) return { ...namedIn(urls), token: ownToken, folder: null };
  const folder = data === undefined ? outside.defaultFolder : resolve(data);
  const front = new URL(await wordIn(folder, 'running.json', 'url'));
  return { at: () => front, has: () => true, token: await wordIn(folder, 'secrets.json', 'serviceToken'), folder };
}

/** `customers=http://customers:8080,…`, as a service reads it. */
function namedIn(urls: string): Pick<Services, 'at' | 'has'> {
  const byName = new Map(
    urls.split(',').map((pair) => {
      const [name = '', url = ''] = pair.trim().split(/=(.*)/, 2);
      if (!URL.canParse(url)) throw new CommandEnded(EXIT.usage, `WRITER_URLS holds "${pair}", which is not <service>=<url>.`);
      return [name, new URL(url)] as const;
    }),
  );
  return {
    has: (service) => byName.has(service),
    at: (service) => {
      const url = byName.get(service);
      if (!url) throw new CommandEnded(EXIT.usage, `WRITER_URLS does not say where ${service} is.`);
      return url;
    },
  };
}

async function wordIn(folder: string, file: string, name: string): Promise<string> {
  const text = await readFile(join(folder, file), 'utf8').catch(() => null);
  if (text === null)
    throw new CommandEnded(
      EXIT.unreachable,
      `No Turnpike runs on ${folder} (there is no ${file}). Start it with "npm start", name its folder with --data, or its address with --url.`,
    );
  const words = z.looseObject({ [name]: z.string() }).parse(JSON.parse(text));
  return z.string().parse(words[name]);
}
