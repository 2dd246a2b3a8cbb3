import { describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import type { EventWatch } from './event-watch.js';
import { NotSeen, Stage } from './stage.js';
import type { Access, TurnpikeClient } from './turnpike-client.js';

const access = (changes: Partial<Access> = {}): Access => ({
  level: 'full',
  reason: 'trialing',
  validUntil: null,
  customerId: 'cust_1',
  ...changes,
});
const event = { type: 'customer.subscription.created' } as Stripe.Event;

/** A stage on which Turnpike gives these answers one after the other, and the last for ever. */
function aStage(answers: readonly (Access | null)[], mails: readonly string[] = []) {
  const lines: string[] = [];
  let asked = 0;
  const turnpike = {
    access: async () => answers[Math.min(asked++, answers.length - 1)] ?? null,
    mailbox: async () => ({ data: mails.map((subject, position) => ({ id: String(position), subject, recipient: 'ada@example.com' })) }),
  } as unknown as TurnpikeClient;
  const watch = { mark: 0, newest: () => ({ event, at: performance.now() }) } as unknown as EventWatch;
  return { stage: new Stage(turnpike, watch, 'ada', (line) => lines.push(line), 200), lines };
}

const step = { title: 'Ada subscribes', act: async () => undefined, broughtBy: () => true, access: { level: 'full', reason: 'trialing' } };

describe('a step of the story', () => {
  it('is told when its access was seen, with the milliseconds it took', async () => {
    const { stage, lines } = aStage([null, access({ level: 'free', reason: 'no_subscription' }), access()]);
    await stage.play(step);
    expect(lines[0]).toMatch(/^ {3}1 {2}Ada subscribes +full \(trialing\) +\d+ ms$/);
  });

  it('is not seen when another access is answered, and says which', async () => {
    const { stage, lines } = aStage([access({ level: 'free', reason: 'canceled' })]);
    await expect(stage.play(step)).rejects.toThrow('the last answer was free (canceled)');
    expect(lines).toEqual([]);
  });

  it('is not seen when the end of access is another than promised', async () => {
    const { stage } = aStage([access({ validUntil: '2026-12-05T00:00:00.000Z' })]);
    const until = () => '2026-12-06T00:00:00.000Z';
    await expect(stage.play({ ...step, access: { ...step.access, until } })).rejects.toThrow(NotSeen);
  });

  it('is not seen without its mail, and the same mail counts once', async () => {
    const { stage } = aStage([access()], ['Welcome back']);
    await stage.play({ ...step, mail: /^Welcome back/ });
    await expect(stage.play({ ...step, mail: /^Welcome back/ })).rejects.toThrow('a mail /^Welcome back/');
  });
});
