import { DeadLettersReplayResponse } from '@turnpike/contracts-http';
import { ask } from '../ask.js';
import type { Services } from '../services.js';
import { countOf, shares } from '../words.js';
import type { WhichLetters } from './which-letters.js';

/** What there is of one service. */
export interface Counted {
  readonly service: string;
  readonly selected: number;
  /** By the service's clock: as `until` it leaves out what is buried later. */
  readonly asOf: string;
}

const Count = DeadLettersReplayResponse.pick({ selected: true, asOf: true });

/** How many letters a replay or a drop would take, by service; services with none are left out. */
export async function counted(services: Services, { readers, query }: WhichLetters, verb: 'replay' | 'drop') {
  const found: Counted[] = [];
  for (const service of readers) {
    const question = { method: 'POST', service, path: `dead-letters/${verb}`, query: { ...query, dryRun: true } } as const;
    const { selected, asOf } = await ask(services, question, Count);
    if (selected !== null && selected > 0) found.push({ service, selected, asOf });
  }
  return {
    found,
    selected: found.reduce((sum, one) => sum + one.selected, 0),
    byService: found.map(({ service, selected }) => ({ service, selected })),
  };
}

/** `3 dead letters (customers 2, payments 1)` */
export function inWords({ selected, byService }: Pick<Awaited<ReturnType<typeof counted>>, 'selected' | 'byService'>): string {
  const parts = shares(byService.map((one) => [one.service, one.selected] as const));
  return `${countOf(selected, 'dead letter')}${parts ? ` (${parts})` : ''}`;
}
