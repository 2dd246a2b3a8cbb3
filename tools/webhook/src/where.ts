import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeclarationFile } from '@turnpike/service';
import { z } from 'zod';

/** What `npm start` leaves in its folder while it runs (apps/turnpike). */
const Running = z.object({ url: z.url() });

export class NotFound extends Error {}

/** The URL of the Turnpike that runs on this folder. @throws NotFound with what to do */
export async function urlOf(folder: string): Promise<string> {
  const file = join(folder, 'running.json');
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null)
    throw new NotFound(
      `No Turnpike runs on ${folder}. Start it with "npm start", or say where it is: --url (and --data, if it has another folder).`,
    );
  return Running.parse(JSON.parse(text)).url;
}

/** A declared connection and its newest secret. @param wanted null takes the first that there is. @throws NotFound with what to do */
export async function connectionIn(folder: string, wanted: string | null): Promise<{ id: string; secret: string }> {
  const file = join(folder, 'declaration.json');
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) throw new NotFound(`There is no ${file} to take the signing secret from. Give --secret and --connection.`);
  const connections = DeclarationFile.parse(JSON.parse(text)).organizations.flatMap((organization) => organization.connections);
  const connection = connections.find(({ id }) => wanted === null || id === wanted);
  const secret = connection?.webhookSecrets[0];
  if (!connection || secret === undefined)
    throw new NotFound(
      `${file} declares no connection ${wanted ?? ''}. It declares ${connections.map(({ id }) => id).join(', ') || 'none'}.`,
    );
  return { id: connection.id, secret };
}
