import type { DomainError } from '@turnpike/service';
import {
  isForbidden,
  isMissing,
  isRateLimited,
  isUnauthorized,
  isUnclear,
  retryAfterSecondsOf,
  stripeErrorOf,
  type UnverifiedReason,
} from '@turnpike/stripe';

/** What a failed fetch means for its object. */
export type FetchVerdict =
  | { readonly then: 'missing' }
  | { readonly then: 'refused'; readonly because: UnverifiedReason }
  /** Asked again later. `holdsConnection`: nothing else of this connection will get an answer either. */
  | { readonly then: 'later'; readonly seconds: number; readonly holdsConnection: boolean };

const MOST_SECONDS = 300;
/** What holds a whole connection is looked at more often: all its objects wait for it. */
const MOST_SECONDS_OF_CONNECTION = 30;
/** Of `UnknownStripeValue` and `UnreadableStripeObject`. */
const UNMAPPABLE: ReadonlySet<unknown> = new Set(['unknown_stripe_value', 'unreadable_stripe_object']);

/** @param tries failures of this object in a row before this one */
export function verdictOnFetch(error: unknown, tries: number): FetchVerdict {
  const backoff = Math.min(2 ** tries, MOST_SECONDS);
  if (isMissing(error)) return { then: 'missing' };
  // The key may have been replaced since it was remembered: the second 401 is by the newest.
  if (isUnauthorized(error)) return tries > 0 ? refused('unauthorized') : { then: 'later', seconds: 1, holdsConnection: false };
  if (isForbidden(error)) return refused('no-permission');
  if (isRateLimited(error)) return { then: 'later', seconds: Math.max(retryAfterSecondsOf(error), backoff), holdsConnection: true };
  if (isUnclear(error)) {
    const isSilent = stripeErrorOf(error)?.statusCode === undefined;
    return isSilent ? holding(backoff) : { then: 'later', seconds: backoff, holdsConnection: false };
  }
  if (stripeErrorOf(error)) return refused('refused');
  if (error instanceof Error && 'code' in error && UNMAPPABLE.has(error.code)) return refused('unmappable');
  return ofConnection(error, backoff);
}

/** What `StripeAccess` throws, by kind and code. Anything else is a bug of ours, and may be repaired by a release. */
function ofConnection(error: unknown, seconds: number): FetchVerdict {
  if (!isDomainError(error)) return { then: 'later', seconds, holdsConnection: false };
  switch (error.kind) {
    case 'not-found':
      return refused('connection-removed');
    case 'forbidden':
      return refused('refused');
    case 'conflict': {
      const { status } = error.facts;
      if (status === 'removed' || status === 'removing') return refused('connection-removed');
      return status === 'unauthorized' || status === 'failed' ? refused('unauthorized') : holding(seconds);
    }
    case 'unavailable':
    case 'invalid':
      return holding(seconds);
    default:
      return error.kind satisfies never;
  }
}

function holding(seconds: number): FetchVerdict {
  return { then: 'later', seconds: Math.min(seconds, MOST_SECONDS_OF_CONNECTION), holdsConnection: true };
}

function refused(because: UnverifiedReason): FetchVerdict {
  return { then: 'refused', because };
}

function isDomainError(error: unknown): error is DomainError {
  return error instanceof Error && 'kind' in error && 'code' in error && 'facts' in error;
}
