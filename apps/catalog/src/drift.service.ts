import { Injectable } from '@nestjs/common';
import { MirroredObject, shownOf, standingOf } from '@turnpike/mirror';
import { Database } from '@turnpike/service';
import type { SyncRecord } from './sync-record.entity.js';
import { driftOf } from './sync.rules.js';

/** Compares what we wrote with what Stripe has. Runs in the transaction of its caller. */
@Injectable()
export class DriftService {
  constructor(private readonly database: Database) {}

  /**
   * Notes on each record what others have changed. Only what is confirmed counts: after a write of our own the object is in doubt until it was
   * looked at, so that our own echo, however late, is no drift. While it is in doubt, what was noted stays.
   */
  async judge(records: readonly SyncRecord[]): Promise<void> {
    const written = records.filter(({ stripeId, openCause }) => stripeId !== null && openCause === null);
    const [first] = written;
    if (!first) return;
    const { organization, environment } = first;
    const stripeIds = written.flatMap(({ stripeId }) => stripeId ?? []);
    const seen = await this.database.current().em.find(MirroredObject, { organization, environment, stripeId: { $in: stripeIds } });
    for (const record of written) {
      const mirrored = seen.find(({ connectionId, stripeId }) => connectionId === record.connectionId && stripeId === record.stripeId);
      if (!mirrored || record.written === null || standingOf(mirrored.known).standing !== 'confirmed') continue;
      const state = mirrored.deletedAt === null ? stateOf(mirrored) : null;
      if (state === undefined) continue;
      const drift = driftOf(record.written, state);
      if (drift.join() !== record.drift.join()) record.drift = drift;
    }
  }
}

/** What is known of a product or a price, in the words of their mappings in libs/stripe; undefined while nothing is. */
function stateOf({ known }: MirroredObject): { name?: string; isActive: boolean } | undefined {
  const payload = shownOf(known)?.payload;
  if (!payload) return undefined;
  const { name } = payload;
  return { ...(typeof name === 'string' ? { name } : {}), isActive: payload['isActive'] === true };
}
