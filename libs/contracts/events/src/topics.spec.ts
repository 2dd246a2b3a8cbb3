import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { type EventOf, type Topic, defineTopic, writerOf } from './define-topic.js';
import { wireKey } from './envelope.js';
import { CustomersDeadLetters, StripeEventReceived, SubscriptionChanged, TOPICS, topicByName } from './index.js';
import { partitionOf } from './partition.js';

const samples = `${import.meta.dirname}/../samples`;
const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const samplesOf = (topic: Topic): Array<{ name: string; sample: unknown }> =>
  readdirSync(`${samples}/${topic.name}`).map((name) => ({ name, sample: readJson(`${samples}/${topic.name}/${name}`) }));
const sampleOf = <T extends Topic>(topic: T, name: string): z.output<T['data']> =>
  topic.data.parse(readJson(`${samples}/${topic.name}/${name}.json`)) as z.output<T['data']>;

describe.each(TOPICS.map((topic) => ({ name: topic.name, topic: topic as Topic })))('$name', ({ topic }) => {
  it('has samples, named by their day and what they show', () => {
    const names = samplesOf(topic).map(({ name }) => name);

    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(name).toMatch(/^\d{4}-\d\d-\d\d-[a-z0-9-]+\.json$/);
  });

  it.each(samplesOf(topic))('still reads $name, and writes it as it was', ({ sample }) => {
    expect(JSON.parse(JSON.stringify(topic.data.parse(sample)))).toEqual(sample);
  });

  it.each(samplesOf(topic))('has a key and an order for $name', ({ sample }) => {
    const told = topic.data.parse(sample);

    expect(topic.key(told)).not.toBe('');
    expect(topic.order(told)).not.toBe('');
  });

  it('takes what a newer writer added', () => {
    for (const { sample } of samplesOf(topic)) {
      expect(topic.data.safeParse({ ...(sample as object), addedLater: true }).success).toBe(true);
    }
  });

  it('is found by its name, in the folder of its writer', () => {
    expect(topicByName(topic.name)).toBe(topic);
    expect(readdirSync(import.meta.dirname)).toContain(writerOf(topic.name));
  });

  it('carries a version when it is a state', () => {
    const versions = samplesOf(topic).map(({ sample }) => (sample as Record<string, unknown>)['version']);

    expect(versions.every((version) => (topic.kind === 'state' ? version !== undefined : version === undefined))).toBe(true);
  });
});

describe('the closed list of topics', () => {
  it('has every name once, and no sample of anything else', () => {
    const names = TOPICS.map((topic) => topic.name).sort();

    expect(new Set(names).size).toBe(names.length);
    expect(readdirSync(samples).sort()).toEqual(names);
  });

  it('does not know what was never defined', () => {
    expect(topicByName('customers.customer.changed.v9')).toBeUndefined();
    expect(topicByName('toString')).toBeUndefined();
  });
});

describe('key and order', () => {
  it('keep the events of one Stripe object together, and those of no object apart', () => {
    const updated = sampleOf(StripeEventReceived, '2026-11-21-subscription-updated');
    const upcoming = sampleOf(StripeEventReceived, '2026-11-21-upcoming-invoice-without-id');

    expect(StripeEventReceived.key(updated)).toBe('con_acme_test/sub_ada');
    expect(StripeEventReceived.order({ ...updated, eventId: 'evt_later' })).toBe('con_acme_test/sub_ada');
    expect(StripeEventReceived.key(upcoming)).toBe('con_acme_test/evt_0002');
  });

  it('keep every subscription of a customer, in the order of the customer', () => {
    const one = sampleOf(SubscriptionChanged, '2026-11-21-trialing-with-a-metered-price');
    const other = { ...one, subscriptionId: 's_02' };

    expect(SubscriptionChanged.key(one)).not.toBe(SubscriptionChanged.key(other));
    expect(SubscriptionChanged.order(one)).toBe(SubscriptionChanged.order(other));
  });

  it('put a dead letter into the partition of the message it tells of', () => {
    const letter = sampleOf(CustomersDeadLetters, '2026-11-21-buried');
    const scope = { organization: 'acme', environment: 'test' } as const;

    expect(partitionOf(wireKey(scope, CustomersDeadLetters.order(letter)))).toBe(partitionOf(letter.orderKey));
    expect(wireKey(scope, CustomersDeadLetters.key(letter))).toBe(letter.key);
  });
});

describe('a contract', () => {
  const shape = { kind: 'log', burial: 'parks', key: () => 'k', order: () => 'o', data: z.object({}) } as const;

  it.each([
    'customers',
    'customers.changed',
    'Customers.customer.changed.v1',
    'a.b.c.v0',
    'a.b.c.d.v1',
    'customers.dead-letters.v1',
    'a_b.c.d.v1',
  ])('cannot be called "%s"', (name) => {
    expect(() => defineTopic({ ...shape, name })).toThrow(`"${name}" is no topic name`);
  });

  it.each(['catalog.plan-version.changed.v1', 'ledger.entry.posted.v12', 'entitlements.dead-letters'])('can be called "%s"', (name) => {
    expect(defineTopic({ ...shape, name }).name).toBe(name);
  });

  it('cannot be changed once it is defined', () => {
    const topic = defineTopic({ ...shape, name: 'ledger.entry.posted.v1' });

    expect(() => Object.assign(topic, { burial: 'heals' })).toThrow(TypeError);
  });

  it('types the event that a handler gets', () => {
    const event: Pick<EventOf<typeof SubscriptionChanged>, 'topic' | 'number'> & { data: Pick<SubscriptionChanged, 'status'> } = {
      topic: 'customers.subscription.changed.v1',
      number: 1n,
      data: { status: 'past_due' },
    };

    expect(event.data.status).toBe('past_due');
  });
});
