/** Work that is done in rounds: now and then, and at once when somebody asks for it. Never two at a time. */
export class Rounds {
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> | null = null;
  private isAskedAgain = false;
  private isStopping = false;

  /**
   * @param everyMs between the beginnings of two rounds that nobody asks for
   * @param round one round; it is to end soon once `goesOn` says no
   * @param failed told what a round throws; the next is tried all the same
   */
  constructor(
    private readonly everyMs: number,
    private readonly round: (goesOn: () => boolean) => Promise<void>,
    private readonly failed: (error: Error) => void,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.wake(), this.everyMs);
    this.timer.unref();
    this.wake();
  }

  /** Begins nothing new, and waits for the round under way. */
  async stop(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.timer);
    await this.working;
  }

  /** Begins a round now; one that is under way is followed by another, since it may have passed what is asked for. */
  wake(): void {
    if (this.isStopping) return;
    if (this.working) this.isAskedAgain = true;
    else this.working = this.work();
  }

  /** Never rejects. */
  private async work(): Promise<void> {
    try {
      do {
        this.isAskedAgain = false;
        await this.round(() => !this.isStopping);
      } while (this.isAskedAgain && !this.isStopping);
    } catch (error) {
      this.failed(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.working = null;
    }
  }
}
