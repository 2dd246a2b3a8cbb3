import { Injectable } from '@nestjs/common';
import { CustomerChanged, type Scope } from '@turnpike/contracts-events';
import type { CustomersListRequest } from '@turnpike/contracts-http';
import { lockKeys, Outbox } from '@turnpike/messaging';
import { Database, InputInvalid, type Transaction } from '@turnpike/service';
import { sameJson, type Known, type NormalisedCustomer } from '@turnpike/stripe';
import { BatchedRows } from './batched-rows.js';
import { CustomerNotFound } from './customer-not-found.error.js';
import { Customer } from './customer.entity.js';
import { fromKnownCustomer, STUB_STATE, toCustomerChanged, type CustomerState } from './customer.mapping.js';
import { isCustomerId, newCustomerId } from './ids.js';
import { standingSince } from './standing.rules.js';
import { keyOfRow, orderKeyOf, type StripeObject, wherever } from './stripe-object.js';
import { FIRST_EPOCH } from './version.js';

/** How long a subscription waits for another batch that holds its customer, before its own batch is given back and repeated. */
const WAIT_FOR_CUSTOMER_MS = 200;

/** A page of a list, in the order of the list. */
export interface CustomersPage {
  readonly customers: readonly Customer[];
  readonly hasMore: boolean;
}

/** Customers as they are shown, found and told about. Every method runs in the transaction of its caller. */
@Injectable()
export class CustomersService {
  private readonly rows = new BatchedRows<Customer>(Customer, keyOfRow);

  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
  ) {}

  /** Reads ahead whatever rows these customers have. Call with their order keys locked. */
  async prepare(objects: readonly StripeObject[]): Promise<void> {
    if (objects.length > 0) await this.rows.readAhead(this.database.current(), objects.map(orderKeyOf), wherever(objects));
  }

  /** Shows what has become known of a customer, and tells it; silent if that changes nothing. Call with the customer's order key locked. */
  async keep(object: StripeObject, known: Known<NormalisedCustomer>, deletedAt: Date | null, now: Date): Promise<void> {
    const state = fromKnownCustomer(known, deletedAt);
    const customer = await this.ofStripe(object);
    if (customer) this.change(customer, state, now);
    else this.make(object, state, now);
  }

  /**
   * Our id of a Stripe customer. One that was never heard of gets a row that says no more than that it exists, so that a subscription may
   * arrive before its customer (road, Settled 5).
   */
  async idOf(object: StripeObject, now: Date): Promise<string> {
    const transaction = this.database.current();
    if (this.rows.seen(transaction, orderKeyOf(object)) === undefined) await this.lockLate(transaction, orderKeyOf(object));
    return ((await this.ofStripe(object)) ?? this.make(object, STUB_STATE, now)).id;
  }

  /** @throws CustomerNotFound also for another organization's or environment's */
  async one({ organization, environment }: Scope, id: string): Promise<Customer> {
    const customer = isCustomerId(id) ? await this.database.current().em.findOne(Customer, { organization, environment, id }) : null;
    if (!customer) throw new CustomerNotFound(id);
    return customer;
  }

  /** Newest first. */
  async list({ organization, environment }: Scope, query: CustomersListRequest): Promise<CustomersPage> {
    const { limit, email, stripe_id: stripeId, starting_after: after, ending_before: before } = query;
    // No row can hold U+0000, and PostgreSQL refuses the question.
    if (email?.includes('\u0000') || stripeId?.includes('\u0000')) return { customers: [], hasMore: false };
    const rows = await this.database.current().em.find(
      Customer,
      {
        organization,
        environment,
        ...(email === undefined ? {} : { email }),
        ...(stripeId === undefined ? {} : { stripeId }),
        ...(after === undefined ? {} : { id: { $lt: cursor(after, '/starting_after') } }),
        ...(before === undefined ? {} : { id: { $gt: cursor(before, '/ending_before') } }),
      },
      { orderBy: { id: before === undefined ? 'desc' : 'asc' }, limit: limit + 1 },
    );
    const customers = rows.slice(0, limit);
    return { customers: before === undefined ? customers : customers.reverse(), hasMore: rows.length > limit };
  }

  /** Tells the present state again, with the version it has. Call with the customer's order key locked. */
  tell(customer: Customer): void {
    this.outbox.announce(CustomerChanged, customer, toCustomerChanged(customer));
  }

  private ofStripe(object: StripeObject): Promise<Customer | null> {
    return this.rows.find(this.database.current(), orderKeyOf(object), wherever([object]));
  }

  private change(customer: Customer, state: CustomerState, now: Date): void {
    const before = toCustomerChanged(customer);
    const since = standingSince(customer, state.standing, now);
    const reasonsBefore = customer.standingReasons;
    Object.assign(customer, state, { standingSince: since });
    const isNews = !sameJson(before, toCustomerChanged(customer));
    if (!isNews && sameJson(reasonsBefore, state.standingReasons)) return;
    customer.updatedAt = now;
    this.rows.write(this.database.current(), customer);
    if (!isNews) return;
    customer.versionN += 1;
    this.tell(customer);
  }

  private make({ scope, connectionId, stripeId }: StripeObject, state: CustomerState, now: Date): Customer {
    const customer: Customer = {
      organization: scope.organization,
      environment: scope.environment,
      id: newCustomerId(),
      connectionId,
      stripeId,
      externalId: null,
      ...state,
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

  /**
   * The reader has locked and read the customer with its batch, unless the event at hand is not what named it. Then the lock comes late, and two such
   * transactions could wait for each other: they do so for a fifth of a second, and lock_not_available is an error that is repeated.
   */
  private async lockLate(transaction: Transaction, key: string): Promise<void> {
    const [lock] = await transaction.sql<{ got: boolean }>('select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as got', [key]);
    if (lock?.got === true) return;
    await transaction.sql(`select set_config('lock_timeout', $1, true)`, [`${WAIT_FOR_CUSTOMER_MS}ms`]);
    await lockKeys(transaction, [key]);
    await transaction.sql(`select set_config('lock_timeout', '0', true)`);
  }
}

function cursor(text: string, pointer: string): string {
  if (isCustomerId(text)) return text;
  throw new InputInvalid([
    { pointer, code: 'invalid_cursor', message: 'is not the id of a customer; take next_cursor of an earlier answer' },
  ]);
}
