import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { removePostgres, startPostgres, type LocalPostgres } from '@turnpike/local-postgres';
import { openSession } from '@turnpike/service';
import { CHECKOUT, runToEnd, SERVICE_NAMES, Trial } from './npm-start.js';

describe('a PostgreSQL of somebody else, where nobody gets a role that creates databases and roles', () => {
  let trial: Trial;
  let postgres: LocalPostgres;
  let ownerUrl = '';
  beforeAll(async () => {
    trial = await Trial.begin();
    const directory = await mkdtemp(join(tmpdir(), 'turnpike-elsewhere-'));
    await chmod(directory, 0o755);
    postgres = await startPostgres({ directory });
    await asAdministrator([`create role deployer login password 'deployer'`]);
  });
  afterEach(() => trial.killWhatIsLeft());
  afterAll(async () => {
    await trial.end();
    await postgres.stop();
    await removePostgres(postgres.directory);
  });

  async function asAdministrator(statements: readonly string[]): Promise<void> {
    const session = await openSession({ url: postgres.adminUrl, name: 'administrator', idleSeconds: 0, onEnd: () => undefined });
    for (const statement of statements) await session.query(statement);
    await session.end();
  }

  it('is refused with what is missing and the command that prints it', async () => {
    const url = `postgres://deployer:deployer@127.0.0.1:${postgres.port}/postgres`;
    const start = await trial.start([], { DATABASE_URL: url });
    await start.ended();
    expect(start.code).toBe(1);
    expect(start.output).toMatch(/role deployer .* the database gateway.*npm run migrate -- --print-sql/);
    expect(start.output).not.toContain('deployer:deployer');
  });

  it('takes what an administrator ran once: the owner migrates, and the services run as roles that own nothing', async () => {
    const printed = await trial.run('migrate', ['--print-sql', '--owner', 'turnpike_owner']);
    expect(printed.code).toBe(0);
    await asAdministrator(printed.output.split('\n').filter((line) => line !== '' && !line.startsWith('--')));
    ownerUrl = (/DATABASE_URL=(\S+)/.exec(printed.output)?.[1] ?? '').replace('<host>:5432', `127.0.0.1:${postgres.port}`);

    const migrated = await runToEnd('npm', ['run', '--silent', 'migrate', '--', '--data', trial.folder], { DATABASE_URL: ownerUrl });
    expect(migrated).toEqual({ code: 0, output: `Every migration of ${SERVICE_NAMES.join(', ')}, bus is applied.\n` });

    const start = await trial.start([], { DATABASE_URL: ownerUrl });
    expect(start.output).toContain('PostgreSQL of DATABASE_URL');
    expect(await trial.deliver(start.url ?? '', 'cus_elsewhere')).toBe(200);
    await trial.settled(start, ['cus_elsewhere']);
    await start.controlC();
    expect(trial.postgresPid).toBeNull();
  });

  it('is never wiped by --reset', async () => {
    const start = await trial.start(['--reset'], { DATABASE_URL: ownerUrl });
    await start.ended();
    expect(start.code).toBe(1);
    expect(start.output).toContain('--reset does not touch databases of DATABASE_URL');
  });

  it('is asked for when npm run migrate does not know it', async () => {
    const asked = await runToEnd('npm', ['run', '--silent', 'migrate', '--', '--data', trial.folder]);
    expect(asked.code).toBe(2);
    expect(asked.output).toContain('DATABASE_URL is not set');
  });
});

describe('npm start on an old Node', () => {
  it('says what to install, in words that old ones can still read', async () => {
    // What an old Node would see: the guard with another version number, which is all that it looks at.
    const program = `Object.defineProperty(process.versions, 'node', { value: '20.19.0' }); import(${JSON.stringify(join(CHECKOUT, 'tools', 'require-node.mjs'))})`;
    const { code, output } = await runToEnd(process.execPath, ['-e', program]);
    expect(code).toBe(1);
    expect(output).toMatch(/needs Node 24\.9 or newer, and this is Node 20\.19\.0[\s\S]*npm ci/);
  });
});
