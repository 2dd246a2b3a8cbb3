import { createHmac, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { claim, OwnedByAnother, release, removePostgres } from '@turnpike/local-postgres';
import { z } from 'zod';
import { firstDeclaration } from './first-declaration.js';

const Secrets = z.object({
  /** Opens the doors between services. */
  serviceToken: z.string().min(24),
  /** 32 bytes, base64: stored webhook bodies are encrypted with keys made from it. */
  webhookBodyKey: z.string(),
  /** 32 bytes, base64: what `connections` keeps secret is encrypted with keys that hang on it. Without it those secrets are lost. */
  secretsKey: z.string().default(() => randomBytes(32).toString('base64')),
  /** The part after `sk_test_` of the account that the story plays in at the Sandbox. It opens nothing at Stripe. */
  sandboxAccount: z.string().default(() => randomBytes(12).toString('hex')),
  /** The passwords of all database roles are made from it. */
  passwordSeed: z.string().min(24),
  /** Whether somebody has seen an API key of this installation. The key itself is kept nowhere. */
  isApiKeyShown: z.boolean().default(false),
});
export type Secrets = z.infer<typeof Secrets>;

/** What tools beside us read to find us (tools/webhook, apps/cli). */
export interface Running {
  readonly url: string;
  readonly pid: number;
}

export class AlreadyRunning extends Error {
  constructor(
    readonly folder: string,
    readonly pid: number,
  ) {
    super(
      `Turnpike runs on ${folder} already, as process ${pid}. Stop that one (kill ${pid}), or give this one a folder of its own with --data.`,
    );
  }
}

export class SecretsUnreadable extends Error {
  constructor(file: string, cause: unknown) {
    super(
      `${file} cannot be read: the keys to everything in this folder are in it. Bring it back, or start clean with "npm start -- --reset".`,
      { cause },
    );
  }
}

/** One folder with all that is kept between two starts: databases, secrets, the declaration. One process holds it at a time. */
export class Installation {
  private constructor(
    readonly folder: string,
    private kept: Secrets,
  ) {}

  /**
   * Takes hold of the folder, makes what is missing in it, and holds on until `close`.
   * @param reset throws everything away first
   * @throws AlreadyRunning, SecretsUnreadable
   */
  static async open(path: string, reset: boolean): Promise<Installation> {
    const folder = resolve(path);
    const { letGo } = await holdFolder(folder);
    try {
      if (reset) await clear(folder);
      return new Installation(folder, await readOrMake(join(folder, 'secrets.json')));
    } catch (error) {
      await letGo();
      throw error;
    }
  }

  get secrets(): Secrets {
    return this.kept;
  }

  get postgres(): string {
    return join(this.folder, 'postgres');
  }

  get kafka(): string {
    return join(this.folder, 'kafka');
  }

  get sandbox(): string {
    return join(this.folder, 'sandbox');
  }

  passwordOf(role: string): string {
    return createHmac('sha256', this.kept.passwordSeed).update(role).digest('base64url');
  }

  /** The declared organizations: the file that is there, or a first one with one organization and one connection. */
  async declaration(): Promise<string> {
    const file = join(this.folder, 'declaration.json');
    if (existsSync(file)) return file;
    await writeSafely(file, `${JSON.stringify(firstDeclaration(), null, 2)}\n`);
    return file;
  }

  async keepThatApiKeyIsShown(): Promise<void> {
    await this.keep({ ...this.kept, isApiKeyShown: true });
  }

  async tellWhereWeAre(running: Running): Promise<void> {
    await writeSafely(join(this.folder, 'running.json'), `${JSON.stringify(running)}\n`);
  }

  async close(): Promise<void> {
    await rm(join(this.folder, 'running.json'), { force: true });
    await release(this.folder);
  }

  private async keep(secrets: Secrets): Promise<void> {
    await writeSafely(join(this.folder, 'secrets.json'), `${JSON.stringify(secrets, null, 2)}\n`);
    this.kept = secrets;
  }
}

/**
 * Makes the folder ours alone, and nothing more; twice by one process is once. What a killed holder left is taken over.
 * @throws AlreadyRunning
 */
export async function holdFolder(path: string): Promise<{ letGo(): Promise<void> }> {
  const folder = resolve(path);
  // Open to be entered by PostgreSQL's own account where root starts us; what is secret in it says so itself.
  if ((await mkdir(folder, { recursive: true })) !== undefined) await chmod(folder, 0o755);
  await claim(folder).catch((error: unknown) => {
    throw error instanceof OwnedByAnother ? new AlreadyRunning(folder, error.ownerPid) : error;
  });
  return { letGo: () => release(folder) };
}

/** Removes what we made and nothing else: a folder named by mistake keeps what is not ours. */
async function clear(folder: string): Promise<void> {
  if (existsSync(join(folder, 'postgres'))) await removePostgres(join(folder, 'postgres'));
  for (const name of ['kafka', 'sandbox', 'declaration.json', 'secrets.json', 'running.json'])
    await rm(join(folder, name), { recursive: true, force: true });
}

async function readOrMake(file: string): Promise<Secrets> {
  if (existsSync(file)) {
    try {
      const kept: unknown = JSON.parse(await readFile(file, 'utf8'));
      const secrets = Secrets.parse(kept);
      // A file of an earlier release lacks what is newer: made once, and kept from then on.
      if (JSON.stringify(kept) !== JSON.stringify(secrets)) await writeSafely(file, `${JSON.stringify(secrets, null, 2)}\n`);
      return secrets;
    } catch (error) {
      throw new SecretsUnreadable(file, error);
    }
  }
  const secrets = {
    serviceToken: randomBytes(32).toString('base64url'),
    webhookBodyKey: randomBytes(32).toString('base64'),
    secretsKey: randomBytes(32).toString('base64'),
    sandboxAccount: randomBytes(12).toString('hex'),
    passwordSeed: randomBytes(32).toString('base64url'),
    isApiKeyShown: false,
  };
  await writeSafely(file, `${JSON.stringify(secrets, null, 2)}\n`);
  return secrets;
}

/** Readable by its owner alone, and never seen half written. */
async function writeSafely(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, file);
}
