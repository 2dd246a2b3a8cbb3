/** What the operator asked to go wrong, so that a client's ways through it can be tried. */
export interface Fault {
  /** The account's id; null: every account. */
  readonly account: string | null;
  /** undefined: any. */
  readonly method: string | undefined;
  readonly pathPrefix: string;
  readonly kind: FaultKind;
  readonly delayMs: number;
  /** How often it is still to happen. */
  readonly times: number;
}

export const FAULT_KINDS = ['429', 'lock-timeout', '500', '503', 'timeout', 'delay', 'reset-before', 'reset-after-commit'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Kept in memory only: a restarted sandbox works. */
export class Faults {
  private planned: readonly Fault[] = [];

  plan(fault: Fault): void {
    this.planned = [...this.planned, fault];
  }

  clear(): void {
    this.planned = [];
  }

  /** The first planned fault that fits the request, used up by one. */
  next(account: string, method: string, path: string): Fault | undefined {
    const found = this.planned.find(
      (one) =>
        (one.account === null || one.account === account) &&
        (one.method === undefined || one.method === method) &&
        path.startsWith(one.pathPrefix),
    );
    if (found === undefined) return undefined;
    this.planned = this.planned.flatMap((one) => (one !== found ? [one] : one.times > 1 ? [{ ...one, times: one.times - 1 }] : []));
    return found;
  }
}
