import { placeComparison } from '@turnpike/messaging';

/** Turns the road into a build that applies whatever arrives, however often: tests show that it fails where the real one holds. */
export function withoutNumbers(): void {
  placeComparison.isAbove = () => true;
}
