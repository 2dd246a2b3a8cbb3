import { CommandEnded, EXIT } from './outcome.js';
import type { Outside } from './outside.js';
import { countOf } from './words.js';

/** Work in parts: shown while a person looks, stopped between two parts by Ctrl-C. */
export class LongWork {
  private count = 0;
  private isShown = false;

  constructor(
    private readonly outside: Outside,
    private readonly noun: string,
    /** What is done to them: `tried`. */
    private readonly verb: string,
    /** How many there are; null when that is not known. */
    private readonly total: number | null,
  ) {}

  /** Ctrl-C was pressed: begin no further part. */
  get isInterrupted(): boolean {
    return this.outside.stopping.aborted;
  }

  /** Ctrl-C was pressed, and something is left. */
  get isCutShort(): boolean {
    return this.isInterrupted && this.total !== null && this.count < this.total;
  }

  /**
   * @param goingOn what the same command needs in order to go on with the rest, from ` with …` on; nothing when it finds the rest by itself
   * @throws CommandEnded saying how far it came, when a part fails behind others that were done
   */
  async part<T>(step: () => Promise<T>, goingOn = ''): Promise<T> {
    try {
      return await step();
    } catch (error) {
      this.end();
      if (this.count === 0 || !(error instanceof CommandEnded)) throw error;
      throw new CommandEnded(EXIT.failed, `${error.message} Until then ${this.soFar()}; the same command${goingOn} goes on with the rest.`);
    }
  }

  done(count: number): void {
    this.count += count;
    if (!this.outside.isTerminal) return;
    this.isShown = true;
    this.outside.tell(`\r  ${this.soFar()} `);
  }

  /** Leaves the line of progress. */
  end(): void {
    if (this.isShown) this.outside.tell('\n');
    this.isShown = false;
  }

  interruption(advice: string): CommandEnded {
    return new CommandEnded(EXIT.interrupted, `Stopped: ${this.soFar()}. ${advice}`);
  }

  private soFar(): string {
    return this.total === null
      ? `${countOf(this.count, this.noun)} ${this.verb}`
      : `${this.count} of ${countOf(this.total, this.noun)} ${this.verb}`;
  }
}
