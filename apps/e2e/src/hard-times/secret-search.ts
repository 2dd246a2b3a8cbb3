import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Secret } from './secrets.js';

/** Looks for all secrets at once, each as text and as a database writes bytes. It is `grep`, which reads whole folders in a second. */
export class SecretSearch {
  private constructor(
    private readonly folder: string,
    private readonly kinds: ReadonlyMap<string, string>,
  ) {}

  static async of(secrets: readonly Secret[]): Promise<SecretSearch> {
    const folder = await mkdtemp(join(tmpdir(), 'turnpike-secrets-'));
    const kinds = new Map(secrets.flatMap(({ kind, text }) => [text, hexOf(text)].map((written) => [written, kind] as const)));
    await writeFile(join(folder, 'texts'), `${[...kinds.keys()].join('\n')}\n`, { mode: 0o600 });
    return new SecretSearch(folder, kinds);
  }

  async end(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The secrets that stand in a text: what each is, and how it begins, since what fails here is printed. */
  async in(text: string): Promise<string[]> {
    const found = new Set(await this.grep(['-o'], text));
    return [...found].map((one) => `${this.kinds.get(one)} ${one.slice(0, 8)}…`);
  }

  /** The files below a folder that one stands in. Pages and the write-ahead log of databases have what was once there and was deleted. */
  async filesOf(folder: string): Promise<string[]> {
    const found = await this.grep(['-r', '-l', '.'], '', folder);
    return found.map((file) => file.replace(/^\.\//, ''));
  }

  private async grep(words: readonly string[], input: string, folder = this.folder): Promise<string[]> {
    const grep = spawn('grep', ['-a', '-F', '-f', join(this.folder, 'texts'), ...words], {
      cwd: folder,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let found = '';
    grep.stdout.setEncoding('utf8').on('data', (text: string) => (found += text));
    const ended = once(grep, 'close');
    grep.stdin.end(input);
    const [code] = await ended;
    // 1: nothing was found. Above that it could not look, which must not pass for nothing.
    if (code > 1) throw new Error(`grep ended with ${code}.`);
    return found.split('\n').filter(Boolean);
  }
}

export function hexOf(text: string): string {
  return Buffer.from(text).toString('hex');
}
