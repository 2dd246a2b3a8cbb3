import type { Played } from './play.js';
import type { WrongEnd } from './shown.js';
import type { Tally } from './tally.js';

/** How a system came out of the model's histories. */
export interface Ending {
  readonly played: Played;
  readonly wrong: readonly WrongEnd[];
  /** Deliveries that it refused until they were not tried any more. */
  readonly givenUp: number;
  /** Events that it never stored. */
  readonly unheard: number;
  /** By the name of the family. */
  readonly fetchesPerEvent: ReadonlyMap<string, number>;
  readonly tally: Tally;
  readonly kills: number;
  readonly seconds: number;
}

/** In one line, for whoever watches. */
export function inWords({ played, wrong, givenUp, unheard, fetchesPerEvent, tally, kills, seconds }: Ending): string {
  const { histories, events, deliveries, dropped } = played;
  const fetches = [...fetchesPerEvent].map(([family, figure]) => `${family} ${figure.toFixed(3)}`).join(', ');
  return [
    `${wrong.length} of ${histories.length} objects end wrong (${wrong.filter((one) => one.wasDropped).length} with a dropped event, ${wrong.filter((one) => one.hasLongList).length} with a long list)`,
    `${events} events in ${deliveries} deliveries, ${dropped.size} objects with a dropped one, ${unheard} events unheard, ${givenUp} deliveries refused for good`,
    `fetches per event: ${fetches}`,
    `at most ${tally.mostAtOnce} at once about one object, ${tally.mostPerSecond} of an account in a second, ${tally.refused} of ${tally.requests} requests refused`,
    `${kills} kills, ${seconds.toFixed(0)} s`,
  ].join('; ');
}
