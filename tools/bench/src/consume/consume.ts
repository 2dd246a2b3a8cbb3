import type { Report } from '../report.js';
import type { Effort } from '../rounds.js';

export async function consume(_effort: Effort, _tell: (line: string) => void): Promise<Report> {
  throw new Error('not yet');
}
