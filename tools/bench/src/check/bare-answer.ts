/** What the routes answer that have nothing to do. */
export const NOTHING = { ok: true };
