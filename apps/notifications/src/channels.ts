import type { Environment } from '@turnpike/contracts-events';

/** Which way a mail goes: outside live nothing reaches a stranger (architecture rule 17). */
export class Channels {
  /** The right side of every Message-ID. */
  readonly domain: string;

  /** @param allowed addresses, in lower case, that mail of sandbox and test may reach */
  constructor(
    from: string,
    private readonly allowed: readonly string[],
  ) {
    this.domain = /@([^\s>]+)/.exec(from)?.[1] ?? 'localhost';
  }

  channelFor(environment: Environment, address: string): 'email' | 'mailbox' {
    return environment === 'live' || this.allowed.includes(address.toLowerCase()) ? 'email' : 'mailbox';
  }
}
