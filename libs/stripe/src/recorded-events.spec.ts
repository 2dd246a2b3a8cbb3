import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type StripeChange, whatToDoWith } from './convergence.rules.js';
import { fromStripeCustomer } from './customer.mapping.js';
import { isJsonObject } from './json.js';
import { fromCustomerHint, fromSubscriptionHint, objectOfEvent } from './stripe-change.mapping.js';
import { readStripeEvent } from './stripe-event.js';
import { fromStripeSubscription } from './subscription.mapping.js';
import { withoutSecrets } from './without-secrets.js';

/** Recorded traffic is read from where STRIPE_FIXTURES points and is no part of this repository. */
const FOLDER = process.env.STRIPE_FIXTURES ?? '';
const BODIES = ['supabase-sync-engine-events', 'stripe-ruby-mock-events'].flatMap((folder) => filesIn(join(FOLDER, folder)));
const RESPONSES = filesIn(join(FOLDER, 'pay-rails-vcr'));

function filesIn(folder: string): string[] {
  if (FOLDER === '' || !existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((file) => join(folder, file));
}

function nameOf(file: string): string {
  return file.split('/').slice(-2).join('/');
}

/** Jest takes no empty table; the row stands in a suite that is then skipped. */
function rowsOf(files: string[]): [name: string, file: string][] {
  return files.length > 0 ? files.map((file) => [nameOf(file), file]) : [['NOT RUN', '']];
}

/** Every object of a kind anywhere in a recording. */
function objectsIn(value: unknown, kind: string): Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap((entry) => objectsIn(entry, kind));
  if (!isJsonObject(value)) return [];
  const inside = Object.values(value).flatMap((entry) => objectsIn(entry, kind));
  return value.object === kind && typeof value.id === 'string' ? [value, ...inside] : inside;
}

if (BODIES.length === 0 || RESPONSES.length === 0) {
  process.stderr.write('NOT RUN: recorded webhook bodies and answers (set STRIPE_FIXTURES to the folder that holds them)\n');
}

(BODIES.length > 0 ? describe : describe.skip)('recorded webhook bodies', () => {
  it.each(rowsOf(BODIES))('%s is read, or refused by name', (_, file) => {
    const reading = readStripeEvent(readFileSync(file));
    if (!reading.ok) {
      expect(reading.because).toBe('not_an_event');
      return;
    }
    const { event } = reading;
    const object = withoutSecrets(event.object);
    const previousAttributes = event.previousAttributes && withoutSecrets(event.previousAttributes);
    const hint = { eventId: event.id, type: event.type, created: event.created, object, previousAttributes };
    const about = objectOfEvent(event.type);
    if (about === 'not ours') return;

    const change: StripeChange = about === 'customer' ? fromCustomerHint(hint) : fromSubscriptionHint(hint);
    expect(change.unmappable).toBeUndefined();
    expect(whatToDoWith(change, null)).toEqual({ do: event.type.endsWith('.deleted') ? 'delete' : 'apply' });
  });

  it('are all read but those that are no events at all', () => {
    const refused = BODIES.filter((file) => !readStripeEvent(readFileSync(file)).ok).map(nameOf);
    expect(refused).toEqual([]);
  });
});

(RESPONSES.length > 0 ? describe : describe.skip)('recorded answers of the API', () => {
  it.each(rowsOf(RESPONSES))('%s: every customer and subscription in it is read', (_, file) => {
    const recording: unknown = JSON.parse(readFileSync(file, 'utf8'));
    for (const customer of objectsIn(recording, 'customer')) expect(fromStripeCustomer(customer).customerId).toBe(customer.id);
    for (const subscription of objectsIn(recording, 'subscription')) {
      const read = fromStripeSubscription(subscription);
      expect(read.subscriptionId).toBe(subscription.id);
      expect(read.currentPeriodEndAt).not.toBeNull();
    }
  });
});
