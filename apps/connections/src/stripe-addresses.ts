import type { Environment } from '@turnpike/contracts-events';
import { STRIPE_URL, type StripeCalls } from '@turnpike/stripe';
import type { Config } from './config.js';
import { webhookUrlOf } from './connection.rules.js';

/** Where this installation finds Stripe, and where Stripe finds this installation. */
export class StripeAddresses {
  /** @param calls counts what this service itself asks there */
  constructor(
    private readonly config: Pick<Config, 'STRIPE_SANDBOX_URL' | 'PUBLIC_URL' | 'SELF_URL'>,
    readonly calls: StripeCalls,
  ) {}

  /** Null: the installation has no Sandbox. */
  of(environment: Environment): string | null {
    return environment === 'sandbox' ? (this.config.STRIPE_SANDBOX_URL ?? null) : STRIPE_URL;
  }

  /** Null: Stripe cannot reach us. */
  webhookUrl(environment: Environment, connectionId: string): string | null {
    return webhookUrlOf(environment, connectionId, { publicUrl: this.config.PUBLIC_URL, selfUrl: this.config.SELF_URL });
  }
}
