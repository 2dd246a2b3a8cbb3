import { Injectable } from '@nestjs/common';
import { CustomerChanged, type Scope } from '@turnpike/contracts-events';
import { FIRST_EPOCH, Outbox } from '@turnpike/messaging';
import { orderKeyOf, standingSince, type StripeObject, wherever } from '@turnpike/mirror';
import { BatchedRows, Database, isId, newId } from '@turnpike/service';
import { sameJson } from '@turnpike/stripe';
import { customerKeyOf, externalIdKeyOf } from './customer-keys.js';
import { Customer } from './customer.entity.js';
import { type CustomerState, toCustomerChanged } from './customer.mapping.js';

const ID = 'cust';

/** Anything else is nobody's id. */
export function isCustomerId(text: string): boolean {
  return isId(ID, text);
}

/** Who a customer is, beside what Stripe says of it. */
export type Identity = Pick<Customer, 'connectionId' | 'stripeId' | 'externalId'>;

/** The rows of customers: found under their locks, changed, and told about. Every method runs in the transaction of its caller. */
@Injectable()
export class CustomerRows {
  private readonly rows = new BatchedRows<Customer>(Customer, customerKeyOf);

  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
  ) {}

  /** Reads ahead whatever rows these customers have. Call with their order keys locked. */
  async readAhead(objects: readonly StripeObject[]): Promise<void> {
    if (objects.length > 0) await this.rows.readAhead(this.database.current(), objects.map(orderKeyOf), wherever(objects));
  }

  ofStripe(object: StripeObject): Promise<Customer | null> {
    return this.rows.find(this.database.current(), orderKeyOf(object), wherever([object]));
  }

  /** The row of a customer who is not at Stripe yet. Call with the external id's key locked. */
  notAtStripe(scope: Scope, externalId: string): Promise<Customer | null> {
    return this.rows.find(this.database.current(), externalIdKeyOf(scope, externalId), { ...scope, externalId, stripeId: null });
  }

  /** Who has an external id, as the database has it; null: nobody. */
  async holderOf({ organization, environment }: Scope, externalId: string): Promise<{ id: string; isAtStripe: boolean } | null> {
    const [holder] = await this.database
      .current()
      .sql<{ id: string; is_at_stripe: boolean }>(
        'select id, stripe_id is not null as is_at_stripe from customer where organization = $1 and environment = $2 and external_id = $3',
        [organization, environment, externalId],
      );
    return holder ? { id: holder.id, isAtStripe: holder.is_at_stripe } : null;
  }

  make(scope: Scope, identity: Identity, state: CustomerState, now: Date): Customer {
    const customer: Customer = {
      organization: scope.organization,
      environment: scope.environment,
      id: newId(ID),
      ...identity,
      ...state,
      mergedInto: null,
      standingSince: standingSince(null, state.standing, now),
      versionEpoch: FIRST_EPOCH,
      versionN: 1,
      createdAt: now,
      updatedAt: now,
      revision: 0,
    };
    this.rows.write(this.database.current(), customer);
    this.tell(customer);
    return customer;
  }

  /** Changes a row, and tells it; silent if that changes nothing. */
  change(customer: Customer, change: Partial<Identity & CustomerState & Pick<Customer, 'mergedInto'>>, now: Date): void {
    const before = toCustomerChanged(customer);
    const keptBefore = keptOnly(customer);
    const since = standingSince(customer, change.standing ?? customer.standing, now);
    Object.assign(customer, change, { standingSince: since });
    const isNews = !sameJson(before, toCustomerChanged(customer));
    if (!isNews && sameJson(keptBefore, keptOnly(customer))) return;
    customer.updatedAt = now;
    this.rows.write(this.database.current(), customer);
    if (!isNews) return;
    customer.versionN += 1;
    this.tell(customer);
  }

  /**
   * Takes a customer's id at Stripe from its row, at once: the row that gets it is written in the same statement as this one, and which of
   * the two comes first there is not ours to say.
   */
  async takeStripeId(customer: Customer): Promise<void> {
    const { organization, environment, id } = customer;
    const taken = await this.database
      .current()
      .sql(
        'update customer set stripe_id = null, revision = revision + 1 where organization = $1 and environment = $2 and id = $3 returning 1',
        [organization, environment, id],
      );
    customer.stripeId = null;
    customer.revision += taken.length;
  }

  /** Tells the present state again, with the version it has. Call with the customer's key locked. */
  tell(customer: Customer): void {
    this.outbox.announce(CustomerChanged, customer, toCustomerChanged(customer));
  }
}

/** What is kept of a customer and not told on the topic. */
function keptOnly({ standingReasons, claimedExternalId, isStub }: Customer) {
  return { standingReasons, claimedExternalId, isStub };
}
