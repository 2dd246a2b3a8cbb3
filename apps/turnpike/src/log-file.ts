import { closeSync, existsSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { LogDestination } from '@turnpike/service';
import { complaintIn } from './log-line.rules.js';

/** Full, the file becomes the one before, and a new one is begun: two of them are all that is kept. */
const FULL_BYTES = 64 * 1024 * 1024;
/** The same complaint is shown once in so long: a database that is away would fill the screen. */
const AGAIN_AFTER_MS = 30_000;

/**
 * Where the log goes while a person looks at the screen: into the folder, with its warnings and errors told in a sentence. Each start begins a
 * new file and keeps the one before (`turnpike.log.1`).
 */
export class LogFile implements LogDestination {
  private path: string | null = null;
  private file: number | null = null;
  private bytes = 0;
  private readonly shown = new Map<string, { at: number; more: number }>();

  constructor(
    private readonly tell: (line: string) => void,
    private readonly fullBytes = FULL_BYTES,
  ) {}

  /** @param folder ours by now: another Turnpike that runs on it keeps its file */
  open(folder: string): void {
    this.path = LogFile.in(folder);
    this.begin();
  }

  static in(folder: string): string {
    return join(folder, 'turnpike.log');
  }

  write(line: string): void {
    const complaint = complaintIn(line);
    if (complaint) this.complain(complaint.about, complaint.sentence);
    if (this.file === null) return;
    try {
      this.bytes += writeSync(this.file, line);
      if (this.bytes >= this.fullBytes) this.begin();
    } catch (error) {
      // A full disk must not end the services that only wanted to say something.
      this.close();
      this.tell(`! the log is written no longer: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** The lines of a process of its own. */
  takeFrom(output: Readable): void {
    createInterface({ input: output, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => this.write(`${line}\n`));
  }

  close(): void {
    if (this.file !== null) closeSync(this.file);
    this.file = null;
  }

  private begin(): void {
    if (this.path === null) return;
    this.close();
    if (existsSync(this.path) && statSync(this.path).size > 0) {
      rmSync(`${this.path}.1`, { force: true });
      renameSync(this.path, `${this.path}.1`);
    }
    this.file = openSync(this.path, 'a', 0o600);
    this.bytes = 0;
  }

  private complain(about: string, sentence: string): void {
    const now = performance.now();
    const last = this.shown.get(about);
    if (last && now - last.at < AGAIN_AFTER_MS) {
      last.more++;
      return;
    }
    this.shown.set(about, { at: now, more: 0 });
    this.tell(last && last.more > 0 ? `${sentence}; ${last.more} times more since the last` : sentence);
  }
}
