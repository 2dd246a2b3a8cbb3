import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DeclarationFile } from '@turnpike/service';
import { ACME, SERVICE_TOKEN, someKeys, StartedConnections } from './testing/started-connections.js';

const ROOT = new URL('../../../', import.meta.url);
const declaring = (...webhookSecrets: string[]): DeclarationFile => ({
  organizations: [
    {
      id: 'acme',
      name: 'Acme',
      apiKeys: [],
      connections: webhookSecrets.length === 0 ? [] : [{ id: 'conn_declared', environment: 'sandbox', webhookSecrets }],
    },
  ],
});

let world: StartedConnections;
beforeAll(async () => {
  world = await StartedConnections.start({ declared: declaring('whsec_declared') });
});
afterAll(async () => {
  await world?.stop();
});

const secretsOf = async (id: string) => (await world.credentials(id)).body['webhookSecrets'];

describe('a declared connection', () => {
  it('has its webhook secrets and no keys, and is told of', async () => {
    expect(await world.one('conn_declared')).toMatchObject({ status: 'created', isDeclared: true, ingestMode: 'webhook', endpoint: null });
    expect((await world.credentials('conn_declared')).body).toMatchObject({ secretKey: null, webhookSecrets: ['whsec_declared'] });
    expect(await world.announced()).toMatchObject([{ connectionId: 'conn_declared', status: 'created', secretsVersion: 1 }]);
    expect(await world.ask('POST', '/v1/connections/conn_declared/verify')).toMatchObject({ status: 409, body: { code: 'keys_missing' } });
  });

  it('follows the file at each start, and is silent when nothing in it changed', async () => {
    await world.restart();
    expect(await world.announced()).toHaveLength(1);
    await world.restart({}, declaring('whsec_newer', 'whsec_declared'));
    expect(await secretsOf('conn_declared')).toEqual(['whsec_newer', 'whsec_declared']);
    await world.restart({ DECLARATION: '' });
    expect(await secretsOf('conn_declared')).toEqual(['whsec_newer', 'whsec_declared']);
    expect((await world.announced()).at(-1)).toMatchObject({ secretsVersion: 2 });
    await world.restart({}, declaring());
    expect(await world.one('conn_declared')).toMatchObject({ status: 'removed', statusReason: 'not_declared_any_more' });
    expect(await secretsOf('conn_declared')).toEqual([]);
    await world.restart({}, declaring('whsec_back'));
    expect(await world.one('conn_declared')).toMatchObject({ status: 'created', removedAt: null });
    expect(await secretsOf('conn_declared')).toEqual(['whsec_back']);
  });

  it('becomes a connection of its own when it is given keys', async () => {
    await world.ask('PUT', '/v1/connections/conn_declared/keys', someKeys());
    const connection = await world.eventually('conn_declared', ({ endpoint }) => endpoint !== null);
    expect(connection).toMatchObject({ status: 'verified', stripeAccountId: expect.stringMatching(/^acct_/) });
    expect(await secretsOf('conn_declared')).toEqual([expect.stringMatching(/^whsec_/), 'whsec_back']);
  });
});

describe('secrets at rest', () => {
  it('open under the next SECRETS_KEY as long as the one before is known, and are wrapped anew by it', async () => {
    const keys = someKeys();
    const { id } = await world.connect(keys);
    const next = { SECRETS_KEY: randomBytes(32).toString('base64') };
    await world.restart({ ...next, SECRETS_KEY_BEFORE: world.environment['SECRETS_KEY'] ?? '' });
    expect((await world.credentials(id)).body['secretKey']).toBe(keys.secretKey);
    await world.connect(someKeys());
    await world.restart(next);
    expect((await world.credentials(id)).body['secretKey']).toBe(keys.secretKey);
    await world.inside.query(`update data_key set wrapped_by = 'another'`);
    expect(await world.credentials(id)).toMatchObject({ status: 503, body: { code: 'secret_unreadable' } });
  });

  it('do not open in another connection’s row', async () => {
    const other = await StartedConnections.start();
    try {
      const [mine, theirs] = [await other.connect(someKeys()), await other.connect(someKeys())];
      const sealed = `select sealed from connection_secret where connection_id = $1 and kind = 'secret_key'`;
      await other.inside.query(`update connection_secret set sealed = (${sealed}) where connection_id = $2 and kind = 'secret_key'`, [
        mine.id,
        theirs.id,
      ]);
      expect(await other.credentials(theirs.id)).toMatchObject({ status: 503, body: { code: 'secret_unreadable' } });
      expect((await other.credentials(mine.id)).status).toBe(200);
    } finally {
      await other.stop();
    }
  });
});

describe('a secret', () => {
  let canary: StartedConnections;
  let child: ChildProcess;
  let output = '';

  beforeAll(async () => {
    canary = await StartedConnections.start();
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => child?.once('exit', resolve));
    child?.kill('SIGTERM');
    await ended;
    await canary?.stop();
  });

  it('is in no log line, no message, no answer to people and no row that can be read', async () => {
    // A process of its own, through main.ts: what it writes to its output is what an operator would see.
    child = fork(new URL('apps/connections/src/main.ts', ROOT), {
      cwd: ROOT,
      execArgv: ['--conditions=@turnpike/source', '--import', './tools/loader.mjs'],
      env: { PATH: process.env['PATH'], ...canary.environment, LOG_LEVEL: 'debug' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const url = await new Promise<string>((resolve, reject) => {
      child.once('message', (message) => resolve((message as { listening: string }).listening));
      child.once('exit', () => reject(new Error(`connections did not start: ${output}`)));
    });
    await canary.leaveTo(url);
    const keys = someKeys();
    const answers: unknown[] = [];
    await canary.operator('faults', { account: keys.secretKey, kind: '500', times: 2 });
    const { id } = await canary.connect(keys);
    answers.push(await canary.eventually(id, ({ endpoint }) => endpoint !== null));
    const refused = someKeys();
    answers.push(await canary.ask('PUT', `/v1/connections/${id}/keys`, refused));
    answers.push(await canary.eventually(id, ({ keyChange }) => keyChange?.state === 'refused'));
    answers.push(await canary.ask('POST', '/v1/connections', { ...refused, secretKey: `${refused.secretKey}!` }));
    answers.push(await canary.ask('GET', '/v1/connections'));
    const held = (await canary.credentials(id, ACME)).body;
    await canary.operator('revoked_keys', { key: keys.secretKey });
    await canary.ask('POST', `/v1/connections/${id}/verify`);
    answers.push(await canary.eventually(id, ({ status }) => status === 'unauthorized'));
    await new Promise((resolve) => setTimeout(resolve, 300));

    const tables = await canary.inside.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'pgboss')`,
    );
    const rows: string[] = [];
    for (const { name } of tables.rows)
      rows.push(
        ...(await canary.rows(name)).flatMap((row) =>
          Object.values(row).map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : JSON.stringify(value))),
        ),
      );
    expect(rows.length).toBeGreaterThan(100);
    expect(output).toContain('job.done');
    const secrets = [keys.secretKey, refused.secretKey, keys.publishableKey, ...(held['webhookSecrets'] as string[])];
    for (const secret of [...secrets, canary.environment['SECRETS_KEY'] ?? '-', SERVICE_TOKEN]) {
      expect(rows.join('\n')).not.toContain(secret);
      expect(output).not.toContain(secret);
      expect(JSON.stringify(answers)).not.toContain(secret);
    }
  }, 60_000);
});
