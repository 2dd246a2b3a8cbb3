import type { AccessChanged, CustomerChanged, InvoiceChanged, SubscriptionChanged } from '@turnpike/contracts-events';

let drawn = 0;
/** Each fact newer than all before it. */
const version = () => ({ epoch: 1, n: ++drawn });

export function aCustomer(changes: Partial<CustomerChanged> = {}): CustomerChanged {
  return {
    customerId: 'cust_ada',
    connectionId: 'con_1',
    stripeId: 'cus_ada',
    externalId: 'ada',
    name: 'Ada',
    email: 'ada@example.com',
    currency: 'usd',
    clockId: null,
    standing: 'confirmed',
    deletedAt: null,
    version: version(),
    ...changes,
  };
}

export function aSubscription(changes: Partial<SubscriptionChanged> = {}): SubscriptionChanged {
  return {
    subscriptionId: 'subn_1',
    customerId: 'cust_ada',
    connectionId: 'con_1',
    stripeId: 'sub_1',
    status: 'active',
    statusSince: null,
    trialConvertedAt: null,
    collectionMethod: 'charge_automatically',
    items: [],
    itemsAreComplete: true,
    trialEndsAt: null,
    cancelAt: null,
    canceledAt: null,
    endedAt: null,
    cancelReason: null,
    currentPeriodStartsAt: null,
    currentPeriodEndsAt: null,
    clockId: null,
    standing: 'confirmed',
    deletedAt: null,
    version: version(),
    ...changes,
  };
}

export function anInvoice(changes: Partial<InvoiceChanged> = {}): InvoiceChanged {
  return {
    invoiceId: 'i_1',
    connectionId: 'con_1',
    stripeId: 'in_1',
    stripeCustomerId: 'cus_ada',
    stripeSubscriptionId: 'sub_1',
    number: 'ACME-0001',
    status: 'open',
    billingReason: 'subscription_cycle',
    amountDue: 4900,
    amountPaid: 0,
    amountRemaining: 4900,
    total: 4900,
    currency: 'usd',
    attemptCount: 1,
    nextPaymentAttemptAt: null,
    lastFailure: { code: 'card_declined', declineCode: 'insufficient_funds', at: new Date().toISOString() },
    periodStartsAt: null,
    periodEndsAt: null,
    dueAt: null,
    finalizedAt: null,
    paidAt: null,
    voidedAt: null,
    hostedUrl: null,
    clockId: null,
    standing: 'confirmed',
    deletedAt: null,
    version: version(),
    ...changes,
  };
}

export function anAccess(move: AccessChanged['move'], changes: Partial<AccessChanged> = {}): AccessChanged {
  return {
    customerId: 'cust_ada',
    externalId: 'ada',
    workspaceId: null,
    workspaceExternalId: null,
    billingMemberIds: [],
    memberIds: [],
    stretches: [{ from: null, until: null, level: move?.to ?? 'free', reason: 'active', features: [], sources: [], nonBilling: null }],
    clockId: null,
    clockAt: null,
    move,
    deletedAt: null,
    version: version(),
    ...changes,
  };
}

export function inDays(days: number, from = new Date()): string {
  return new Date(from.getTime() + days * 24 * 3600 * 1000).toISOString();
}
