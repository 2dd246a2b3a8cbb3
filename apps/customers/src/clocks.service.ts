import { Injectable } from '@nestjs/common';
import { ClockChanged, type Scope } from '@turnpike/contracts-events';
import { FIRST_EPOCH, Outbox } from '@turnpike/messaging';
import { orderKeyOf, shownOf, type Sight, type StripeObject } from '@turnpike/mirror';
import { BatchedRows, Database } from '@turnpike/service';
import { sameJson, type NormalisedTestClock } from '@turnpike/stripe';
import { Clock } from './clock.entity.js';

/** Stripe's test clocks, told as they advance. Every method runs in the transaction of its caller. */
@Injectable()
export class ClocksService {
  private readonly rows = new BatchedRows<Clock>(Clock, ({ organization, environment, connectionId, id }) =>
    orderKeyOf({ scope: { organization, environment }, connectionId, stripeId: id }),
  );

  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
  ) {}

  /** Shows the moment that a clock has reached, and tells it; silent if that changes nothing. Call with its order key locked. */
  async keep(object: StripeObject, { known, deletedAt, now }: Sight<NormalisedTestClock>): Promise<void> {
    const { connectionId, scope, stripeId } = object;
    const payload = shownOf(known)?.payload;
    if (!payload) return; // it was only named, and will be looked up
    const transaction = this.database.current();
    const state = { frozenAt: new Date(payload.frozenAt), deletedAt };
    const clock = await this.rows.find(transaction, orderKeyOf(object), { ...scope, connectionId, id: stripeId });
    if (clock && sameJson(toClockChanged(clock), toClockChanged({ ...clock, ...state }))) return;
    const version = { versionEpoch: clock?.versionEpoch ?? FIRST_EPOCH, versionN: (clock?.versionN ?? 0) + 1 };
    const row = clock ?? { ...scope, id: stripeId, connectionId, createdAt: now, revision: 0, ...state, ...version, updatedAt: now };
    Object.assign(row, state, version, { updatedAt: now });
    this.rows.write(transaction, row);
    this.tell(row);
  }

  /** The moment that a clock stands at; null while it is not known. */
  async frozenAt({ organization, environment }: Scope, clockId: string): Promise<Date | null> {
    const clock = await this.database
      .current()
      .em.findOne(Clock, { organization, environment, id: clockId }, { disableIdentityMap: true, flushMode: 'commit' });
    return clock?.frozenAt ?? null;
  }

  /** Tells the present state again, with the version it has. Call with the clock's order key locked. */
  tell(clock: Clock): void {
    this.outbox.announce(ClockChanged, clock, toClockChanged(clock));
  }
}

function toClockChanged(clock: Clock): ClockChanged {
  return {
    clockId: clock.id,
    connectionId: clock.connectionId,
    frozenAt: clock.frozenAt.toISOString(),
    deletedAt: clock.deletedAt?.toISOString() ?? null,
    version: { epoch: clock.versionEpoch, n: clock.versionN },
  };
}
