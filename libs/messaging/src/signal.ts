/** A wake-up inside one process: waiters go on when it is given, or when their time is over, whichever is first. */
export class Signal {
  private given = false;
  private waiters = new Set<() => void>();

  give(): void {
    this.given = true;
    for (const wake of this.waiters) wake();
  }

  /** Resolves at once when the signal was given since the last wait. @param ms milliseconds to wait at most */
  async wait(ms: number): Promise<void> {
    if (!this.given) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, ms);
        const waiters = this.waiters;
        function done() {
          clearTimeout(timer);
          waiters.delete(done);
          resolve();
        }
        waiters.add(done);
      });
    }
    this.given = false;
  }
}
