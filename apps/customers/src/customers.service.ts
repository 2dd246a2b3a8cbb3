import { Injectable } from '@nestjs/common';
import type { Scope } from '@turnpike/contracts-events';
import type { CustomersListRequest, CustomersListResponse } from '@turnpike/contracts-http';
import { Jobs } from '@turnpike/jobs';
import type { PreparedObject, Sight, StripeObject } from '@turnpike/mirror';
import { Database, pageOf, pageOptions, pageWhere } from '@turnpike/service';
import type { NormalisedCustomer } from '@turnpike/stripe';
import { CustomerNotFound } from './customer.errors.js';
import { CustomerRows, isCustomerId } from './customer-rows.service.js';
import { Customer } from './customer.entity.js';
import { fromKnownCustomer, STUB_STATE, toCustomerResponse, type CustomerState } from './customer.mapping.js';
import { LinkCustomer } from './link-customer.js';

/** Customers as Stripe tells of them, and as they are asked for. Every method runs in the transaction of its caller. */
@Injectable()
export class CustomersService {
  constructor(
    private readonly database: Database,
    private readonly rows: CustomerRows,
    private readonly jobs: Jobs,
  ) {}

  /** Reads ahead whatever rows these customers have. Call with their order keys locked. */
  async prepare(objects: readonly PreparedObject[]): Promise<void> {
    await this.rows.readAhead(objects);
  }

  /** Shows what has become known of a customer, and tells it; silent if that changes nothing. Call with the customer's order key locked. */
  async keep(object: StripeObject, { known, deletedAt, now }: Sight<NormalisedCustomer>): Promise<void> {
    const { scope, connectionId, stripeId } = object;
    const state = fromKnownCustomer(known, deletedAt);
    const customer = await this.rows.ofStripe(object);
    const externalId = customer?.externalId ?? (await this.claimedBy(object, state));
    if (customer) this.rows.change(customer, { ...(state.isStub ? withoutNames(state) : state), externalId }, now);
    else this.rows.make(scope, { connectionId, stripeId, externalId }, state, now);
  }

  /** Our id of a Stripe customer. It has a row: the mirror meets a customer before the subscription that names it. */
  async idOf(object: StripeObject, now: Date): Promise<string> {
    const { scope, connectionId, stripeId } = object;
    const customer = await this.rows.ofStripe(object);
    return (customer ?? this.rows.make(scope, { connectionId, stripeId, externalId: null }, STUB_STATE, now)).id;
  }

  /**
   * By our id, or by the caller's own.
   * @throws CustomerNotFound also for another organization's or environment's
   */
  async one({ organization, environment }: Scope, id: string): Promise<Customer> {
    const { em } = this.database.current();
    if (id.includes('\u0000')) throw new CustomerNotFound(id); // no row can hold it, and PostgreSQL refuses the question
    const customer = await em.findOne(Customer, { organization, environment, ...(isCustomerId(id) ? { id } : { externalId: id }) });
    if (!customer) throw new CustomerNotFound(id);
    return customer;
  }

  /** Newest first. */
  async list({ organization, environment }: Scope, query: CustomersListRequest): Promise<CustomersListResponse> {
    const { email, stripe_id: stripeId, external_id: externalId } = query;
    // No row can hold U+0000, and PostgreSQL refuses the question.
    const isAskable = [email, stripeId, externalId].every((text) => !text?.includes('\u0000'));
    const where = {
      organization,
      environment,
      ...(email === undefined ? {} : { email }),
      ...(stripeId === undefined ? {} : { stripeId }),
      ...(externalId === undefined ? {} : { externalId }),
      ...pageWhere(query, isCustomerId),
    };
    const rows = isAskable ? await this.database.current().em.find(Customer, where, pageOptions(query)) : [];
    return pageOf(query, rows, toCustomerResponse);
  }

  /**
   * The external id that the customer names at Stripe, if nobody has it. A customer who was made here by the caller and is not at Stripe yet
   * has been waiting for this one: that takes locks which a batch does not have, so a job does it. Anybody else keeps theirs.
   */
  private async claimedBy({ scope, connectionId, stripeId }: StripeObject, state: CustomerState): Promise<string | null> {
    const { claimedExternalId, deletedAt } = state;
    if (claimedExternalId === null || deletedAt !== null) return null;
    const holder = await this.rows.holderOf(scope, claimedExternalId);
    if (holder === null) return claimedExternalId;
    if (!holder.isAtStripe) await this.jobs.enqueue(LinkCustomer, scope, { connectionId, stripeId });
    return null;
  }
}

/** Of a customer that is known by name only, the names that the caller has given stay. */
function withoutNames({ standing, standingReasons, isStub, deletedAt }: CustomerState): Partial<CustomerState> {
  return { standing, standingReasons, isStub, deletedAt };
}
