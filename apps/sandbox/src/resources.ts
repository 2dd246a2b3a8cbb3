import { account } from './resources/account.js';
import { balanceTransactions } from './resources/balance-transactions.js';
import { charges } from './resources/charges.js';
import { customers } from './resources/customers.js';
import { events } from './resources/events.js';
import { invoiceItems, invoiceLines } from './resources/invoice-items.js';
import { invoicePayments } from './resources/invoice-payments.js';
import { invoices } from './resources/invoices.js';
import { paymentIntents } from './resources/payment-intents.js';
import { paymentMethods } from './resources/payment-methods.js';
import { prices } from './resources/prices.js';
import { products } from './resources/products.js';
import { refunds } from './resources/refunds.js';
import { setupIntents } from './resources/setup-intents.js';
import { subscriptionItems } from './resources/subscription-items.js';
import { subscriptions } from './resources/subscriptions.js';
import { testClocks } from './resources/test-clocks.js';
import { webhookEndpoints } from './resources/webhook-endpoints.js';
import type { Resource } from './route.js';

/** All that the sandbox knows of Stripe's API: one file per resource, one line here. */
export const resources: readonly Resource[] = [
  account,
  customers,
  products,
  prices,
  paymentMethods,
  subscriptions,
  subscriptionItems,
  invoices,
  invoiceLines,
  invoiceItems,
  invoicePayments,
  paymentIntents,
  setupIntents,
  charges,
  refunds,
  balanceTransactions,
  events,
  webhookEndpoints,
  testClocks,
];
