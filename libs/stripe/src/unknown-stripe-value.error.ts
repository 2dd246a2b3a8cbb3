/**
 * A word that Stripe added after this version was written. Its lists end in "or any other string", so ours refuse by name
 * what they do not hold, instead of guessing (a guessed status would give or take access).
 */
export class UnknownStripeValue extends Error {
  readonly code = 'unknown_stripe_value';
  constructor(
    readonly field: string,
    readonly value: string,
  ) {
    super(`Stripe says ${field} is '${value}', which this version does not know.`);
    this.name = 'UnknownStripeValue';
  }
}
