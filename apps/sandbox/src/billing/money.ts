/** Amounts are whole minor units of their currency; what is divided is rounded half up, away from zero (checklist L1, Q1). */

/** `amount × part ÷ whole`, rounded half up; exact for any amount Stripe accepts. */
export function share(amount: number, part: number, whole: number): number {
  if (whole === 0) return 0;
  const product = BigInt(Math.abs(amount)) * BigInt(part);
  const rounded = (2n * product + BigInt(whole)) / (2n * BigInt(whole));
  return amount < 0 ? -Number(rounded) : Number(rounded);
}

/** Stripe's card price in its home country: 2.9 % and 30 minor units (checklist Q1: 2500 costs 103). */
export function feeOf(amount: number): number {
  return share(amount * 29 + 30_000, 1, 1000);
}

/** `$25.00`, as it stands in the text of an invoice line. */
export function amountText(amount: number, currency: string): string {
  const digits = ZERO_DECIMALS.has(currency) ? 0 : THREE_DECIMALS.has(currency) ? 3 : 2;
  return new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency: currency.toUpperCase(),
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(amount / 10 ** digits);
}

/** docs.stripe.com/currencies (checklist J11). */
const ZERO_DECIMALS = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '));
const THREE_DECIMALS = new Set('bhd jod kwd omr tnd'.split(' '));
