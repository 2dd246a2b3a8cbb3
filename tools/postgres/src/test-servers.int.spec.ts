import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Client } from 'pg';

const SERVERS = pathToFileURL(resolve(import.meta.dirname, '../../test-servers')).href;
/** A test run in little: brings the servers up, says what the tests are told, and waits; at a line on its stdin it ends in order. */
const RUN = `
  import setup from '${SERVERS}/setup.mjs';
  import teardown from '${SERVERS}/teardown.mjs';
  await setup();
  const { TEST_DATABASE_URL, TEST_KAFKA_BROKERS } = process.env;
  console.log(JSON.stringify({ TEST_DATABASE_URL, TEST_KAFKA_BROKERS }));
  process.stdin.once('data', async () => { await teardown(); process.exit(0); });
`;

describe('the servers of a test run', () => {
  it('are gone after the run, with their folder', async () => {
    const run = start({ TEST_KIND: 'postgres' });
    const { TEST_DATABASE_URL: url } = await told(run);
    const data = await dataOf(url);
    expect(data).toMatch(new RegExp(`^${realpathSync(tmpdir())}/turnpike-postgres-`));
    expect(existsSync(data)).toBe(true);
    run.stdin.write('end\n');
    expect(await once(run, 'exit')).toEqual([0, null]);
    expect(existsSync(data)).toBe(false);
    await expect(dataOf(url)).rejects.toThrow('ECONNREFUSED');
  });

  it('are gone too when the run is killed with its whole process group', async () => {
    const run = start({ TEST_KIND: 'postgres' });
    const { TEST_DATABASE_URL: url } = await told(run);
    const data = await dataOf(url);
    process.kill(-(run.pid ?? 0), 'SIGKILL');
    for (const end = Date.now() + 20_000; existsSync(data) && Date.now() < end;) await delay(50);
    expect(existsSync(data)).toBe(false);
    await expect(dataOf(url)).rejects.toThrow('ECONNREFUSED');
  });

  it('are those that the environment names, if it names any', async () => {
    const run = start({ TEST_KIND: 'e2e', TEST_DATABASE_URL: 'postgres://mine', KAFKA_BROKERS: 'mine:9092' });
    expect(await told(run)).toEqual({ TEST_DATABASE_URL: 'postgres://mine', TEST_KAFKA_BROKERS: 'mine:9092' });
    run.stdin.write('end\n');
    await once(run, 'exit');
  });

  it('are without Kafka where there is no Java, which is said aloud with what to install', async () => {
    const run = start({ TEST_KIND: 'kafka', JAVA_HOME: '/nowhere', CI: '' });
    const complaint = text(run.stderr);
    const { TEST_DATABASE_URL: url, TEST_KAFKA_BROKERS: brokers } = await told(run);
    expect(brokers).toBeUndefined();
    expect(await dataOf(url)).toContain('data');
    run.stdin.write('end\n');
    await once(run, 'exit');
    expect(await complaint).toMatch(/KAFKA TESTS DO NOT RUN.*apt-get install openjdk-17-jre-headless/);
  });

  it('fail the run where there is no Java and CI=true', async () => {
    const run = start({ TEST_KIND: 'kafka', JAVA_HOME: '/nowhere', CI: 'true' });
    const complaint = text(run.stderr);
    const [status] = await once(run, 'exit');
    expect(status).not.toBe(0);
    expect(await complaint).toContain('KAFKA TESTS DO NOT RUN');
  });
});

function start(variables: Record<string, string>) {
  const env = { ...process.env, ...variables };
  // We run inside such a run ourselves, and its servers are not what is asked for here.
  for (const name of ['TEST_DATABASE_URL', 'TEST_KAFKA_BROKERS', 'KAFKA_BROKERS', 'NODE_OPTIONS'])
    if (!(name in variables)) delete env[name];
  return spawn(process.execPath, ['--input-type=module', '--eval', RUN], { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
}

async function told(run: ReturnType<typeof start>): Promise<{ TEST_DATABASE_URL: string; TEST_KAFKA_BROKERS?: string }> {
  const [said] = await once(run.stdout, 'data');
  return JSON.parse(String(said));
}

async function dataOf(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
  await client.end();
  return rows[0]?.data_directory ?? '';
}
