import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { CHECKOUT, SERVICE_NAMES, type Start, type Trial } from './npm-start.js';

/** What is seen after each step of the story, as its lines say it. */
export const STEPS = [
  ['Ada subscribes, with 14 days to try it', 'full (trialing)'],
  ['Three days are left of her trial', 'full (trialing)'],
  ['The trial is over, and her card is charged', 'full (active)'],
  ['A month later her card has no funds left', 'full (past_due_in_grace)'],
  ['A second before the grace is over nothing has changed', 'full (past_due_in_grace)'],
  ['The 7 days of grace are over', 'core (past_due)'],
  ['She takes another card and pays', 'full (active)'],
  ['She cancels, at once', 'free (canceled)'],
  ['She comes back, with everything as she left it', 'full (active)'],
] as const;

const FAILED = /^We could not collect your payment/;
/** What Ada is written in her whole life, in this order. */
const MAILS = [/^Your trial ends on/, FAILED, /^Your access has been reduced/, /^Welcome back/, /^Your plan ended on/, /^Welcome back/];

/** The steps in what a start has said: title, access, milliseconds. */
export function stepsIn(output: string): Array<{ title: string; seen: string; ms: number }> {
  const line = /^ +\d+ {2}(.*?) +((?:full|core|free|none) \(\w+\))(?: until [\d-]+)? +(\d+) ms$/gm;
  return [...output.matchAll(line)].map(([, title = '', seen = '', ms = '']) => ({ title, seen, ms: Number(ms) }));
}

/** Every step was seen, as it should be. */
export function expectWholeStory(output: string): void {
  expect({ output, steps: stepsIn(output).map(({ title, seen }) => [title, seen]) }).toEqual({ output, steps: STEPS });
}

/** For whoever reads the test's output: the milliseconds of each step and of the whole. */
export function tellFigures(how: string, output: string): void {
  const seconds = /Every step was seen, in ([\d.]+) s/.exec(output)?.[1] ?? '?';
  const each = stepsIn(output).map(({ ms }) => ms);
  process.stdout.write(`the story ${how}: ${seconds} s; from webhook to access, step by step: ${each.join(', ')} ms\n`);
}

export async function ask<Answer>(trial: Trial, start: Start, path: string): Promise<Answer> {
  const response = await fetch(`${start.url}${path}`, { headers: { authorization: `Bearer ${trial.apiKey}` } });
  if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}

/** Access as `level (reason)`, and whom it is of. */
export async function accessOf(trial: Trial, start: Start, customer: string): Promise<{ access: string; customerId: string }> {
  const { level, reason, customerId } = await ask<Record<string, string>>(trial, start, `/v1/entitlements/${customer}`);
  return { access: `${level} (${reason})`, customerId: customerId ?? '' };
}

/**
 * Each mail once, and in their order. In the days of grace the card is tried a second time: that failure is told of as well, unless she has
 * paid before anybody saw it, since her days are seconds here.
 * @param life `whole`, or `so far` where it was broken off
 */
export async function expectMails(trial: Trial, start: Start, customer: string, life: 'whole' | 'so far'): Promise<void> {
  const { customerId } = await accessOf(trial, start, customer);
  const { data } = await ask<{ data: Mail[] }>(trial, start, `/v1/mailbox?limit=100&customer=${customerId}`);
  const causes = data.map(({ cause }) => cause);
  expect(causes.toSorted()).toEqual([...new Set(causes)].toSorted());
  const subjects = data.map(({ subject }) => subject).toReversed();
  const failures = subjects.filter((subject) => FAILED.test(subject));
  expect(failures.length).toBeLessThanOrEqual(2);
  const told = subjects.filter((subject, index) => !FAILED.test(subject) || subjects.indexOf(subject) === index);
  const due = life === 'whole' ? MAILS : MAILS.slice(0, told.length);
  expect(told).toEqual(due.map((subject) => expect.stringMatching(subject)));
}

interface Mail {
  readonly subject: string;
  readonly cause: string;
}

/**
 * Nothing was announced twice as something new, and nothing left out: each state of everything has a number of its own, from one on. (The
 * same state under the same number may be told again: readers ask for that.)
 */
export async function expectNumberedStates(trial: Trial): Promise<void> {
  const states = new Map<string, Map<number, Set<string>>>();
  for (const service of SERVICE_NAMES) {
    const rows = await trial.sql<{ thing: string; body: string }>(
      service,
      `select concat_ws(' ', topic, organization, environment, key) as thing, convert_from(body, 'utf8') as body
         from outbox where topic like '%.changed.v1' and body is not null`,
    );
    for (const { thing, body } of rows) {
      const state = JSON.parse(body) as { version?: { n: number } };
      if (state.version === undefined) continue;
      const numbered = states.get(thing) ?? new Map<number, Set<string>>();
      states.set(thing, numbered.set(state.version.n, (numbered.get(state.version.n) ?? new Set<string>()).add(body)));
    }
  }
  expect(states.size).toBeGreaterThan(0);
  for (const [thing, numbered] of states) {
    const numbers = [...numbered.keys()].toSorted((one, other) => one - other);
    expect([thing, numbers]).toEqual([thing, numbers.map((_, index) => index + 1)]);
    expect([thing, [...numbered].filter(([, bodies]) => bodies.size > 1)]).toEqual([thing, []]);
  }
}

/** The story's lines as the README shows them, but for what differs from run to run: milliseconds, dates, and ids that Stripe makes. */
export function expectStoryOfReadme(output: string): void {
  const readme = readFileSync(join(CHECKOUT, 'README.md'), 'utf8');
  expect(storyLines(output)).toEqual(storyLines(readme));
}

function storyLines(text: string): string[] {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => line.includes('Stripe account is connected'));
  const afterLast = lines.findIndex((line, at) => at > first && (line.trim() === '' || line.startsWith('```')));
  return lines.slice(first, afterLast).map((line) =>
    line
      .trim()
      .replace(/ +\d+ ms$/, '')
      .replace(/price_[\w…]+/, 'price_…')
      .replace(/\d{4}-\d{2}-\d{2}|\d{1,2} [A-Z][a-z]+ \d{4}/, '<date>')
      .replace(/ {2,}/g, '  '),
  );
}
