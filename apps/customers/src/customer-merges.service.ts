import { Injectable } from '@nestjs/common';
import { lockKeys } from '@turnpike/messaging';
import { orderKeyOf, type StripeObject } from '@turnpike/mirror';
import { Database } from '@turnpike/service';
import { externalIdKeyOf } from './customer-keys.js';
import { CustomerChangedMeanwhile } from './customer.errors.js';
import { CustomerRows } from './customer-rows.service.js';
import type { Customer } from './customer.entity.js';
import { SubscriptionsService } from './subscriptions.service.js';
import { WorkspacesService } from './workspaces.service.js';

/**
 * Two rows that turn out to be one customer: the caller made one under an external id, and Stripe's events made another, before anything
 * tied them together. The caller's row survives, because the caller has been given its id and Stripe has not: it takes the Stripe customer
 * with all that Stripe says of it, and the subscriptions and workspaces of the other, which stays as a row that says what it became part of.
 */
@Injectable()
export class CustomerMergesService {
  constructor(
    private readonly database: Database,
    private readonly rows: CustomerRows,
    private readonly subscriptions: SubscriptionsService,
    private readonly workspaces: WorkspacesService,
  ) {}

  /** Gives a Stripe customer to the one who has been waiting for it under the external id that it names; nothing if there is none (any more). */
  async link(object: StripeObject, now: Date): Promise<void> {
    const { scope } = object;
    const claimed = await this.claimOf(object);
    if (claimed === null) return;
    await this.lock(object, [externalIdKeyOf(scope, claimed)]);
    const [merged, survivor] = [await this.rows.ofStripe(object), await this.rows.notAtStripe(scope, claimed)];
    if (merged?.claimedExternalId !== claimed || merged.externalId !== null || merged.deletedAt !== null || survivor === null) return;
    await this.merge(merged, survivor, now);
  }

  /**
   * Locks all that a merge of this Stripe customer touches, in one sorted order.
   * @throws CustomerChangedMeanwhile when it got another subscription or workspace before the locks were held; the same again will work
   */
  async lock(object: StripeObject, further: readonly string[]): Promise<void> {
    const transaction = this.database.current();
    const before = await this.keysOf(object);
    await lockKeys(transaction, [orderKeyOf(object), ...before, ...further]);
    const after = await this.keysOf(object);
    if (after.some((key) => !before.includes(key))) throw new CustomerChangedMeanwhile(object.stripeId);
  }

  /** @param survivor of the caller's, not at Stripe. Call with everything locked by `lock`. */
  async merge(merged: Customer, survivor: Customer, now: Date): Promise<void> {
    const { claimedExternalId, name, email, currency, clockId, isStub, standing, standingReasons, deletedAt } = merged;
    const { connectionId, stripeId } = merged;
    const told = isStub ? {} : { name, email, currency, clockId };
    await this.rows.takeStripeId(merged);
    this.rows.change(merged, { claimedExternalId: null, mergedInto: survivor.id, deletedAt: deletedAt ?? now }, now);
    this.rows.change(survivor, { connectionId, stripeId, claimedExternalId, ...told, isStub, standing, standingReasons, deletedAt }, now);
    await this.subscriptions.moveAll(merged, survivor.id, now);
    await this.workspaces.moveAll(merged, survivor.id, now);
  }

  private async claimOf({ scope, connectionId, stripeId }: StripeObject): Promise<string | null> {
    const [row] = await this.database
      .current()
      .sql<{ claimed_external_id: string | null }>(
        'select claimed_external_id from customer where organization = $1 and environment = $2 and connection_id = $3 and stripe_id = $4 and external_id is null',
        [scope.organization, scope.environment, connectionId, stripeId],
      );
    return row?.claimed_external_id ?? null;
  }

  /** The keys of all that hangs on a Stripe customer. */
  private async keysOf(object: StripeObject): Promise<string[]> {
    return [...(await this.subscriptions.keysOf(object)), ...(await this.workspaces.keysOf(object))];
  }
}
