/** Does things at their times, the soonest first. */
export class Timeline {
  private readonly heap: { at: number; act: () => void }[] = [];
  private timer: NodeJS.Timeout | null = null;
  private wakesAt = Infinity;

  get length(): number {
    return this.heap.length;
  }

  /** @param at epoch ms */
  at(at: number, act: () => void): void {
    const { heap } = this;
    let place = heap.length;
    heap.push({ at, act });
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.timeAt(parent) <= at) break;
      this.swap(place, parent);
      place = parent;
    }
    this.wakeFor(at);
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.heap.length = 0;
  }

  private wakeFor(at: number): void {
    if (at >= this.wakesAt) return;
    if (this.timer) clearTimeout(this.timer);
    this.wakesAt = at;
    this.timer = setTimeout(() => this.run(), Math.max(0, at - Date.now()));
  }

  private run(): void {
    this.wakesAt = Infinity;
    this.timer = null;
    const now = Date.now();
    while (this.heap.length > 0 && this.timeAt(0) <= now) this.pop()?.act();
    if (this.heap.length > 0) this.wakeFor(this.timeAt(0));
  }

  private pop(): { act: () => void } | undefined {
    const { heap } = this;
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let place = 0; ;) {
      const left = 2 * place + 1;
      const smaller = this.timeAt(left + 1) < this.timeAt(left) ? left + 1 : left;
      if (this.timeAt(smaller) >= this.timeAt(place)) return first;
      this.swap(place, smaller);
      place = smaller;
    }
  }

  private timeAt(place: number): number {
    return this.heap[place]?.at ?? Infinity;
  }

  private swap(left: number, right: number): void {
    const [one, other] = [this.heap[left], this.heap[right]];
    if (one && other) [this.heap[left], this.heap[right]] = [other, one];
  }
}
