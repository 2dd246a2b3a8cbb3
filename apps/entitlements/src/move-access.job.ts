import { Injectable } from '@nestjs/common';
import type { Scope } from '@turnpike/contracts-events';
import { defineJob, Jobs } from '@turnpike/jobs';
import { z } from 'zod';

const MoveAccess = defineJob({ name: 'move-access', data: z.object({ customerId: z.string(), dueAt: z.iso.datetime() }) });

/** What happens when a customer's access has changed by the clock alone. @param now by everybody's clock, at least the moment it was due */
export type WhenAccessMoves = (scope: Scope, customerId: string, now: Date) => Promise<void>;

/**
 * Tells of access that changes by the clock alone, when it does. Answers are right without it, since they look at the clock themselves;
 * people would not hear of it. Customers on a test clock need none: their clock tells when it moves.
 */
@Injectable()
export class MoveAccessJob {
  constructor(private readonly jobs: Jobs) {}

  handle(move: WhenAccessMoves): void {
    this.jobs.handle(MoveAccess, async ({ customerId, dueAt }, { scope }) => {
      // PostgreSQL's clock said that it was due; ours may be behind, and the same moment would never be asked for again.
      const now = new Date(Math.max(Date.now(), Date.parse(dueAt)));
      await move(scope, customerId, now);
    });
  }

  /** At most one waits for each customer. @param at null: nothing will change by itself any more */
  async schedule(scope: Scope, customerId: string, at: Date | null): Promise<void> {
    if (at === null) await this.jobs.cancel(MoveAccess, scope, customerId);
    else await this.jobs.enqueue(MoveAccess, scope, { customerId, dueAt: at.toISOString() }, { at, key: customerId });
  }
}
