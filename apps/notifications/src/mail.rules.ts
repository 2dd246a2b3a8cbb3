import type { Happening } from './news.rules.js';

/** A mail in its two forms. */
export interface Mail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Banks' words that a person can do something about (https://docs.stripe.com/declines/codes). */
const DECLINED: Readonly<Record<string, string>> = {
  insufficient_funds: 'the card did not have enough funds',
  expired_card: 'the card has expired',
  lost_card: 'the card was reported lost',
  stolen_card: 'the card was reported stolen',
  incorrect_cvc: 'the security code was not right',
  authentication_required: 'the bank wants you to confirm the payment',
};

/** What a customer is told. @param name null: nobody has said it */
export function mailOf(happening: Happening, name: string | null): Mail {
  const { subject, lines, link } = wordsOf(happening);
  const all = [name === null ? 'Hello,' : `Hello ${name},`, ...lines];
  return {
    subject,
    text: `${[...all, ...(link ? [`${link.label}: ${link.url}`] : [])].join('\n\n')}\n`,
    html: [
      '<!doctype html><html lang="en"><body style="font-family:system-ui,sans-serif;line-height:1.5;max-width:36em;margin:2em auto;color:#1f2933">',
      ...all.map((line) => `<p>${escaped(line)}</p>`),
      ...(link ? [`<p><a href="${escaped(link.url)}">${escaped(link.label)}</a></p>`] : []),
      '</body></html>',
    ].join('\n'),
  };
}

interface Words {
  readonly subject: string;
  readonly lines: readonly string[];
  readonly link?: { readonly label: string; readonly url: string };
}

function wordsOf(happening: Happening): Words {
  switch (happening.scope) {
    case 'TRIAL_ENDING.SUBSCRIPTION':
      return {
        subject: `Your trial ends on ${dayOf(happening.trialEndsAt)}`,
        lines: [
          `Your trial ends on ${dayOf(happening.trialEndsAt)}. If a payment method is on file you need do nothing: your plan goes on.`,
          'If you would rather not go on, cancel before that day and nothing is charged.',
        ],
      };
    case 'PAYMENT_FAILED.SUBSCRIPTION':
      return {
        subject: 'We could not collect your payment',
        lines: [
          `We could not collect ${moneyOf(happening.amount, happening.currency)}${
            happening.invoiceNumber === null ? '' : ` for invoice ${happening.invoiceNumber}`
          }${because(happening.declineCode)}.`,
          happening.nextAttemptAt === null
            ? 'It will not be tried again by itself. Please pay it, or take another payment method.'
            : `It will be tried again on ${dayOf(happening.nextAttemptAt)}. Until then nothing changes for you; another payment method settles it at once.`,
        ],
        ...(happening.payUrl === null ? {} : { link: { label: 'Pay now', url: happening.payUrl } }),
      };
    case 'SUSPEND.ENTITLEMENT':
      return {
        subject: 'Your access has been reduced',
        lines: [
          happening.left === 'core'
            ? 'A payment is still open, so the paid features of your plan are paused. The core features stay.'
            : 'The paid features of your plan are no longer available.',
          'Your data, your settings and your integrations are kept as they are, and are there again as soon as the payment arrives.',
        ],
      };
    case 'CANCEL.ENTITLEMENT':
      return {
        subject: `Your plan ended on ${dayOf(happening.endedAt)}`,
        lines: [
          `Your subscription ended on ${dayOf(happening.endedAt)}. Paid features are no longer available.`,
          'Nothing of yours was deleted. If you come back, everything is as you left it.',
        ],
      };
    case 'REACTIVATE.SUBSCRIPTION':
      return {
        subject: 'Welcome back',
        lines: ['Your plan is active again, with everything as you left it.'],
      };
    default:
      return happening satisfies never;
  }
}

function because(declineCode: string | null): string {
  const words = declineCode === null ? undefined : DECLINED[declineCode];
  return words === undefined ? '' : `: ${words}`;
}

/** @param amount minor units: how many make a whole one is the currency's own */
function moneyOf(amount: number, currency: string): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency: currency.toUpperCase() });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

function dayOf(time: Date): string {
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }).format(time);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
