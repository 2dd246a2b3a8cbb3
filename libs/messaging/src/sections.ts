import { markerOf } from './markers.js';
import type { RoadMessage } from './message.js';

/** Consecutive messages of a partition between which no epoch begins or is told. */
export interface Section {
  /** Where it begins. */
  readonly from: bigint;
  /** The epoch that begins with it; null when it goes on in the one before. */
  readonly opens: bigint | null;
  readonly messages: RoadMessage[];
  /** The epoch that is told whole with its end. */
  told: bigint | null;
}

/**
 * Cuts a batch where the epoch rises: what stood before must be committed before the partition takes the new epoch, and from then on lower
 * ones count for nobody (road 2.0 b). Markers are the road's own, and in no section.
 * @param known the partition's epoch so far
 */
export function sectionsOf(messages: readonly RoadMessage[], known: bigint): Section[] {
  const sections: Section[] = [];
  let epoch = known;
  let isOpen = false;
  for (const message of messages) {
    if (message.epoch > epoch || !isOpen) {
      const opens = message.epoch > epoch ? message.epoch : null;
      epoch = opens ?? epoch;
      sections.push({ from: message.offset, opens, messages: [], told: null });
      isOpen = true;
    }
    const section = sections.at(-1);
    const marker = markerOf(message);
    if (marker === null) section?.messages.push(message);
    else if (marker === 'epoch-told' && message.epoch === epoch && section) {
      section.told = epoch;
      isOpen = false;
    }
  }
  return sections;
}
