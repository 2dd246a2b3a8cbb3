import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Seller } from './seller.js';
import type { World } from './world.js';

export interface Secret {
  readonly kind: string;
  readonly text: string;
}

interface Declared {
  readonly organizations: ReadonlyArray<{ readonly connections: ReadonlyArray<{ readonly webhookSecrets: readonly string[] }> }>;
}

/** All that nobody outside may read, from everybody who was here, as it is now and as it was given. */
export async function secretsOf(world: World, sellers: readonly Seller[], given: readonly Secret[]): Promise<Secret[]> {
  const kept = world.secrets;
  const found: Secret[] = [...given];
  for (const name of ['serviceToken', 'webhookBodyKey', 'secretsKey', 'passwordSeed']) add(found, 'installation', kept[name]);
  add(found, 'password of a role', readFileSync(join(world.trial.folder, 'postgres', 'password'), 'utf8').trim());
  const declared: Declared = JSON.parse(readFileSync(join(world.trial.folder, 'declaration.json'), 'utf8'));
  for (const { connections } of declared.organizations)
    for (const { webhookSecrets } of connections) for (const text of webhookSecrets) add(found, 'webhook secret', text);
  const roles = await world.trial.sql<{ rolname: string }>('postgres', `select rolname from pg_roles where rolname like 'turnpike%'`);
  for (const { rolname } of roles)
    add(
      found,
      'password of a role',
      createHmac('sha256', kept['passwordSeed'] ?? '')
        .update(rolname)
        .digest('base64url'),
    );
  for (const seller of sellers) {
    for (const key of Object.values(seller.apiKeys)) add(found, 'API key', key);
    add(found, 'Stripe key', seller.secretKey);
    for await (const { client_secret: text } of seller.stripe.paymentIntents.list({ limit: 100 })) add(found, 'client secret', text);
    for (const text of await webhookSecretsOf(world, seller)) add(found, 'webhook secret', text);
  }
  return found;
}

function add(found: Secret[], kind: string, text: string | null | undefined): void {
  if (!text || text.length < 12) throw new Error(`A secret of the kind "${kind}" is missing, or too short to be looked for.`);
  found.push({ kind, text });
}

/** As the services get them. */
async function webhookSecretsOf(world: World, seller: Seller): Promise<string[]> {
  const headers = { 'turnpike-organization': seller.id, 'turnpike-environment': 'sandbox' };
  const secrets: string[] = [];
  for (const { id } of await seller.readAll<{ id: string }>('/v1/connections')) {
    const { body } = await world.internally('GET', `/internal/connections/${id}/credentials`, undefined, headers);
    secrets.push(...(body as { webhookSecrets: string[] }).webhookSecrets);
  }
  return secrets;
}
