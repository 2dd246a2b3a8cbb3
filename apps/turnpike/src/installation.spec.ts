import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readDeclaration } from '@turnpike/service';
import { Installation } from './installation.js';

let folder = '';
beforeEach(() => void (folder = join(mkdtempSync(join(tmpdir(), 'turnpike-installation-')), 'data')));
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

describe('an installation', () => {
  it('keeps its secrets from one start to the next', async () => {
    const first = await Installation.open(folder, false);
    const { secrets } = first;
    const password = first.passwordOf('turnpike_gateway');
    await first.close();
    const second = await Installation.open(folder, false);
    expect(second.secrets).toEqual(secrets);
    expect(second.passwordOf('turnpike_gateway')).toBe(password);
    expect(second.passwordOf('turnpike_customers')).not.toBe(password);
    await second.close();
  });

  it('lets nobody else read them', async () => {
    const installation = await Installation.open(folder, false);
    await installation.declaration();
    for (const file of ['secrets.json', 'declaration.json']) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    await installation.close();
  });

  it('remembers that an API key was shown, and nothing of the key', async () => {
    const first = await Installation.open(folder, false);
    expect(first.secrets.isApiKeyShown).toBe(false);
    await first.close();
    // A start that failed before it could show one: the next makes another.
    const second = await Installation.open(folder, false);
    expect(second.secrets.isApiKeyShown).toBe(false);
    await second.keepThatApiKeyIsShown();
    await second.close();
    const third = await Installation.open(folder, false);
    expect(third.secrets.isApiKeyShown).toBe(true);
    await third.close();
  });

  it('declares one organization with one connection, and no API key', async () => {
    const first = await Installation.open(folder, false);
    const { organizations } = readDeclaration(await first.declaration());
    expect(organizations).toMatchObject([{ id: 'example', apiKeys: [], connections: [{ id: 'conn_sandbox', environment: 'sandbox' }] }]);
    await first.close();
  });

  it('is held by one process, and names it to the others', async () => {
    const holder = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
    try {
      const installation = await Installation.open(folder, false);
      await installation.close();
      const started = readFileSync(`/proc/${holder.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19];
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      writeFileSync(join(folder, 'owner'), `${holder.pid} ${boot} ${started}\n`);
      await expect(Installation.open(folder, false)).rejects.toThrow(new RegExp(`as process ${holder.pid}`));
      await expect(Installation.open(folder, true)).rejects.toThrow(/kill \d+/);
      expect(existsSync(join(folder, 'secrets.json'))).toBe(true);
    } finally {
      const gone = once(holder, 'exit');
      holder.kill('SIGKILL');
      await gone;
    }
    const after = await Installation.open(folder, false);
    await after.close();
  });

  it('that is reset keeps what is not ours', async () => {
    const first = await Installation.open(folder, false);
    const { serviceToken } = first.secrets;
    await first.declaration();
    await first.close();
    writeFileSync(join(folder, 'thesis.txt'), 'ten years of work');
    const second = await Installation.open(folder, true);
    expect(second.secrets.serviceToken).not.toBe(serviceToken);
    expect(existsSync(join(folder, 'declaration.json'))).toBe(false);
    expect(readFileSync(join(folder, 'thesis.txt'), 'utf8')).toBe('ten years of work');
    await second.close();
  });

  it('says what to do when its secrets are spoilt, and gives the folder free', async () => {
    const first = await Installation.open(folder, false);
    await first.close();
    writeFileSync(join(folder, 'secrets.json'), '{"serviceToken":');
    await expect(Installation.open(folder, false)).rejects.toThrow(/secrets\.json cannot be read.*--reset/);
    expect(existsSync(join(folder, 'owner'))).toBe(false);
  });
});
