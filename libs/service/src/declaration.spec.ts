import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { declaredConnections, DeclarationFile } from './declaration.js';

const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');
const organization = (id: string, connection: string, key = `key-${id}`) => ({
  id,
  name: id,
  apiKeys: [{ sha256: sha256(key), environment: 'test' }],
  connections: [{ id: connection, environment: 'live', webhookSecrets: ['whsec_1'] }],
});

describe('the declared organizations', () => {
  it('each have their connections, of one environment', () => {
    const file = DeclarationFile.parse({ organizations: [organization('acme', 'conn_a')] });
    expect(declaredConnections(file, {})).toEqual([
      { organization: 'acme', environment: 'live', id: 'conn_a', webhookSecrets: ['whsec_1'] },
    ]);
  });

  it('a secret may come from the environment, and a name that is not set there is refused', () => {
    const file = DeclarationFile.parse({
      organizations: [
        { ...organization('acme', 'conn_a'), connections: [{ id: 'conn_a', environment: 'test', webhookSecrets: ['env:STRIPE_SECRET'] }] },
      ],
    });
    expect(declaredConnections(file, { STRIPE_SECRET: 'whsec_9' }).find(({ id }) => id === 'conn_a')?.webhookSecrets).toEqual(['whsec_9']);
    expect(() => declaredConnections(file, {})).toThrow(/STRIPE_SECRET/);
  });

  it.each([
    ['two organizations with one id', [organization('acme', 'conn_a'), organization('acme', 'conn_b', 'other')]],
    ['two connections with one id', [organization('acme', 'conn_a'), organization('globex', 'conn_a')]],
    ['one API key twice', [organization('acme', 'conn_a', 'same'), organization('globex', 'conn_b', 'same')]],
    ['an id with capitals', [organization('Acme', 'conn_a')]],
  ])('refuses %s', (_, organizations) => {
    expect(DeclarationFile.safeParse({ organizations }).success).toBe(false);
  });
});
