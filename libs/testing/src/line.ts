/** How a line carries bytes; what is not named is as it should be. */
export interface LineQuality {
  /** Milliseconds that everything comes later. */
  readonly latencyMs?: number;
  /** Up to so many milliseconds more, by chance. */
  readonly jitterMs?: number;
  readonly bytesPerSecond?: number;
  /** The most bytes that arrive in one piece. */
  readonly sliceBytes?: number;
}

/** One direction of a connection: bytes come out in the order in which they went in, later and in smaller pieces where the line is bad. */
export class Line {
  private readonly underWay: Buffer[] = [];
  private dueAt = 0;
  private whenEmpty: () => void = () => undefined;

  constructor(private readonly put: (bytes: Buffer) => void) {}

  carry(bytes: Buffer, quality: LineQuality | null): void {
    if (quality === null && this.underWay.length === 0) return this.put(bytes);
    const { latencyMs = 0, jitterMs = 0, bytesPerSecond = Infinity, sliceBytes = bytes.length } = quality ?? {};
    for (let from = 0; from < bytes.length; from += sliceBytes) {
      const piece = bytes.subarray(from, from + sliceBytes);
      const now = performance.now();
      this.dueAt = Math.max(this.dueAt, now + latencyMs + Math.random() * jitterMs) + (piece.length * 1000) / bytesPerSecond;
      this.underWay.push(piece);
      // Timers of one moment fire in any order: each puts out what is next, and not the piece that it was set for.
      setTimeout(() => this.putNext(), this.dueAt - now);
    }
  }

  /** Calls back once nothing is under way, at once when nothing is. */
  drained(then: () => void): void {
    if (this.underWay.length === 0) then();
    else this.whenEmpty = then;
  }

  private putNext(): void {
    const piece = this.underWay.shift();
    if (piece) this.put(piece);
    if (this.underWay.length === 0) this.whenEmpty();
  }
}
