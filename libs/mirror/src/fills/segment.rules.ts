/** A part of a list that is read page by page: what was created in a span of time, or lives on a test clock. */
export interface Segment {
  readonly n: number;
  /** Only what lives on this clock. */
  readonly clockId: string | null;
  /** Epoch seconds: created at or after; null: from the account's first day. */
  readonly fromAt: number | null;
  /** Created before; null: up to now and later (what lives on a test clock may be created in the future). */
  readonly toAt: number | null;
  /** The last object that was stored, and when it was created; null at the beginning. */
  readonly cursor: string | null;
  readonly cursorAt: number | null;
  readonly pages: number;
  readonly isDone: boolean;
  readonly revision: number;
}

/** Stripe opened in 2011: nothing was created before. */
const FIRST_SECOND = Date.UTC(2011, 0, 1) / 1000;
/** A list of so few pages is read sooner than it is divided. */
const PAGES_BEFORE_SPLIT = 3;
const SHORTEST_SPAN_SECONDS = 3600;

/**
 * Where to divide what is left of a segment, so that somebody else reads the older half beside it. Nobody knows how the objects are spread over
 * time: an older half that turns out empty has cost one page, and the next division is nearer.
 * @returns epoch seconds; null: it is not worth it
 */
export function splitAt({ clockId, cursorAt, fromAt, isDone, pages }: Segment): number | null {
  if (isDone || clockId !== null || cursorAt === null || pages < PAGES_BEFORE_SPLIT) return null;
  const from = fromAt ?? FIRST_SECOND;
  if (cursorAt - from < 2 * SHORTEST_SPAN_SECONDS) return null;
  return Math.floor((from + cursorAt) / 2);
}

/** The segment whose division gives most: the one with the longest time left. */
export function widest(segments: readonly Segment[]): Segment | null {
  const left = (segment: Segment) => (splitAt(segment) === null ? 0 : (segment.cursorAt ?? 0) - (segment.fromAt ?? FIRST_SECOND));
  const [first] = segments.toSorted((one, other) => left(other) - left(one));
  return first && left(first) > 0 ? first : null;
}

/** Two segments in the place of one. @param n a number that none has yet */
export function split(segment: Segment, at: number, n: number): { readonly newer: Segment; readonly older: Segment } {
  const older = { ...segment, n, toAt: at, cursor: null, cursorAt: null, pages: 0, isDone: false, revision: 1 };
  return { newer: { ...segment, fromAt: at }, older };
}

/** What was stored of a page. */
export interface StoredPage {
  readonly last: { readonly id: string; readonly createdAt: number | null } | null;
  readonly hasMore: boolean;
}

/** The segment after a page was stored. */
export function afterPage(segment: Segment, { last, hasMore }: StoredPage): Segment {
  const cursorAt = last?.createdAt ?? segment.cursorAt;
  // A page that was asked for before the segment was divided may go on into the older half.
  const isBeyond = segment.fromAt !== null && cursorAt !== null && cursorAt < segment.fromAt;
  return {
    ...segment,
    cursor: last?.id ?? segment.cursor,
    cursorAt,
    pages: segment.pages + 1,
    isDone: !hasMore || last === null || isBeyond,
  };
}

/** The object that the cursor names is gone at Stripe: the list goes on by the time at which it was created, or begins again. */
export function withoutCursor(segment: Segment, takesCreated: boolean): Segment {
  if (!takesCreated || segment.cursorAt === null) return { ...segment, cursor: null, cursorAt: null };
  return { ...segment, cursor: null, toAt: segment.cursorAt + 1 };
}
