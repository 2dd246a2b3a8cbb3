import { Injectable } from '@nestjs/common';
import type { Scope } from '@turnpike/contracts-events';
import type { CustomersCreateRequest, CustomersUpdateRequest } from '@turnpike/contracts-http';
import { lockKeys } from '@turnpike/messaging';
import { Mirror, orderKeyOf, type StripeObject } from '@turnpike/mirror';
import { Database } from '@turnpike/service';
import { customerKeyOf, externalIdKeyOf } from './customer-keys.js';
import { CustomerMergesService } from './customer-merges.service.js';
import {
  CustomerChangedMeanwhile,
  CustomerLinked,
  CustomerMerged,
  DecidedAtStripe,
  ExternalIdTaken,
  StripeCustomerTaken,
} from './customer.errors.js';
import type { Customer } from './customer.entity.js';
import { STUB_STATE, type CustomerState } from './customer.mapping.js';
import { CustomerRows } from './customer-rows.service.js';
import { CustomersService } from './customers.service.js';
import { CUSTOMERS } from './stripe-readings.js';

/** A customer that the caller has made, and whom Stripe does not know: nothing about it can be in doubt. */
const OWN_STATE: CustomerState = { ...STUB_STATE, isStub: false, standing: 'confirmed', standingReasons: [] };

/** Customers that callers make, and tie to Stripe's. Nothing is written to Stripe here. Every method runs in its request's transaction. */
@Injectable()
export class RegisteredCustomersService {
  constructor(
    private readonly database: Database,
    private readonly rows: CustomerRows,
    private readonly customers: CustomersService,
    private readonly merges: CustomerMergesService,
    private readonly mirror: Mirror,
  ) {}

  /** @throws ExternalIdTaken, StripeCustomerTaken */
  async create(scope: Scope, request: CustomersCreateRequest, now: Date): Promise<Customer> {
    const { externalId, name = null, email = null, stripe } = request;
    const object = stripe ? { scope, connectionId: stripe.connectionId, stripeId: stripe.customerId } : null;
    const keys = [externalIdKeyOf(scope, externalId), ...(object ? [orderKeyOf(object)] : [])];
    await lockKeys(this.database.current(), keys);
    const holder = await this.rows.holderOf(scope, externalId);
    if (holder) throw new ExternalIdTaken(externalId, holder.id);
    if (object === null)
      return this.rows.make(scope, { connectionId: null, stripeId: null, externalId }, { ...OWN_STATE, name, email }, now);

    const known = await this.rows.ofStripe(object);
    if (known === null) return this.makeAtStripe(object, { externalId, name, email }, now);
    if (known.externalId !== null) throw new StripeCustomerTaken(object.stripeId, known.id);
    this.rows.change(known, { externalId }, now);
    return known;
  }

  /** @throws CustomerNotFound, CustomerMerged, DecidedAtStripe, CustomerLinked, StripeCustomerTaken, CustomerChangedMeanwhile */
  async update(scope: Scope, id: string, request: CustomersUpdateRequest, now: Date): Promise<Customer> {
    const { name, email, stripe } = request;
    const asked = await this.customers.one(scope, id);
    if (asked.mergedInto !== null) throw new CustomerMerged(asked.id, asked.mergedInto);
    const isAtStripe = asked.stripeId !== null;
    if (isAtStripe && (name !== undefined || email !== undefined)) throw new DecidedAtStripe(asked.id);
    if (isAtStripe && stripe && !isSame(asked, stripe)) throw new CustomerLinked(asked.id);
    if (isAtStripe || asked.externalId === null) return asked;

    const object = stripe ? { scope, connectionId: stripe.connectionId, stripeId: stripe.customerId } : null;
    const key = customerKeyOf(asked);
    if (object) await this.merges.lock(object, [key]);
    else await lockKeys(this.database.current(), [key]);
    const customer = await this.rows.notAtStripe(scope, asked.externalId);
    if (customer === null) throw new CustomerChangedMeanwhile(asked.id);
    this.rows.change(customer, { ...(name === undefined ? {} : { name }), ...(email === undefined ? {} : { email }) }, now);
    if (object) await this.link(customer, object, now);
    return customer;
  }

  private async link(customer: Customer, object: StripeObject, now: Date): Promise<void> {
    const { connectionId, stripeId } = object;
    const known = await this.rows.ofStripe(object);
    if (known && known.externalId !== null) throw new StripeCustomerTaken(stripeId, known.id);
    if (known) return this.merges.merge(known, customer, now);
    const { isStub, standing, standingReasons } = STUB_STATE;
    this.rows.change(customer, { connectionId, stripeId, isStub, standing, standingReasons }, now);
    await this.mirror.meet(CUSTOMERS.type, object, now);
  }

  /** Of a Stripe customer that was never heard of here, the names of the caller are all there is until it is looked up. */
  private async makeAtStripe(
    object: StripeObject,
    { externalId, name, email }: Pick<Customer, 'externalId' | 'name' | 'email'>,
    now: Date,
  ): Promise<Customer> {
    const { scope, connectionId, stripeId } = object;
    const customer = this.rows.make(scope, { connectionId, stripeId, externalId }, { ...STUB_STATE, name, email }, now);
    await this.mirror.meet(CUSTOMERS.type, object, now);
    return customer;
  }
}

function isSame(customer: Customer, stripe: { connectionId: string; customerId: string }): boolean {
  return customer.connectionId === stripe.connectionId && customer.stripeId === stripe.customerId;
}
