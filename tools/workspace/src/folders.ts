import { resolve } from 'node:path';

/** The checkout. */
export const ROOT = resolve(import.meta.dirname, '..', '..', '..');
/** Where each Jest run leaves its counts (tools/test-report/reporter.mjs). */
export const REPORTS = resolve(ROOT, '.turnpike', 'test-report');
/** What the last `npm test` came to. */
export const SUMMARY = resolve(REPORTS, 'summary.json');
/** How many tests there are at least. */
export const MINIMUM = resolve(ROOT, 'tools', 'test-report', 'minimum.json');
