import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outside } from '../outside.js';
import { runTurnpike } from '../turnpike.js';

/** A world for one command: what it writes is kept, what it asks is answered from a list. */
export class OutsideOfTest implements Outside {
  written = '';
  told = '';
  isTerminal = false;
  environment: Record<string, string | undefined> = {};
  defaultFolder = join(tmpdir(), 'no-turnpike-runs-here');
  readonly answers: string[] = [];
  readonly asked: string[] = [];
  /** Called with what a person is told: to press Ctrl-C at that moment. */
  whenTold: (text: string) => void = () => undefined;
  private readonly stop = new AbortController();
  readonly stopping = this.stop.signal;

  out(text: string): void {
    this.written += text;
  }

  tell(text: string): void {
    this.told += text;
    this.whenTold(text);
  }

  ask(question: string): Promise<string> {
    this.asked.push(question);
    return Promise.resolve(this.answers.shift() ?? '');
  }

  /** Ctrl-C. */
  interrupt(): void {
    this.stop.abort();
  }

  /** @returns how it ended */
  run(...words: string[]): Promise<number> {
    return runTurnpike(words, this);
  }

  get json(): unknown {
    return JSON.parse(this.written);
  }
}
