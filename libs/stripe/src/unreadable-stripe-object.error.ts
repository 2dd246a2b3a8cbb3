/** An object that is not what its place promises: a field is missing or of another type. Names fields, never values. */
export class UnreadableStripeObject extends Error {
  readonly code = 'unreadable_stripe_object';
  constructor(
    readonly object: string,
    readonly fields: readonly string[],
  ) {
    super(`This is not a Stripe ${object} as any API version shows it: ${fields.join(', ')}.`);
    this.name = 'UnreadableStripeObject';
  }
}
