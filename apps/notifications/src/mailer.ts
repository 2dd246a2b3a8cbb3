import { tracedPart } from '@turnpike/service';
import { createTransport, type Transporter } from 'nodemailer';
import type { MailMetrics } from './mail.metrics.js';

/** A mail on its way. */
export interface OutgoingMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** With its angle brackets: the same for every copy. */
  readonly messageId: string;
}

/** The mail server, or the way to it, said no. */
export class MailNotSent extends Error {
  override readonly name = 'MailNotSent';
  /** @param isFinal it will say so for ever: the address or the mail itself is refused (RFC 5321, 4.2.1: a 5yz reply) */
  constructor(
    message: string,
    readonly isFinal: boolean,
  ) {
    super(message);
  }
}

const CONNECT_WITHIN_MS = 10_000;
const ANSWER_WITHIN_MS = 30_000;

/** Hands mails to an SMTP server, one connection each: few are sent, and none waits behind another. */
export class Mailer {
  private readonly transport: Transporter | null;

  /** @param url null: there is no mail server yet, and mails wait */
  constructor(
    url: string | null,
    private readonly from: string,
    private readonly metrics: MailMetrics,
  ) {
    this.transport =
      url === null
        ? null
        : createTransport({
            url,
            connectionTimeout: CONNECT_WITHIN_MS,
            greetingTimeout: CONNECT_WITHIN_MS,
            socketTimeout: ANSWER_WITHIN_MS,
            disableFileAccess: true,
            disableUrlAccess: true,
          });
  }

  /** Resolves once the server has taken it (250). @throws MailNotSent */
  async send(mail: OutgoingMail): Promise<void> {
    const begun = performance.now();
    let outcome: 'sent' | 'refused' | 'later' = 'later';
    try {
      await tracedPart({ name: 'smtp send', kind: 'client', facts: { 'peer.service': 'smtp' } }, () => this.hand(mail));
      outcome = 'sent';
    } catch (error) {
      if (error instanceof MailNotSent && error.isFinal) outcome = 'refused';
      throw error;
    } finally {
      this.metrics.tried(outcome, (performance.now() - begun) / 1000);
    }
  }

  private async hand({ to, subject, text, html, messageId }: OutgoingMail): Promise<void> {
    if (this.transport === null) throw new MailNotSent('No mail server is set: set SMTP_URL.', false);
    try {
      await this.transport.sendMail({ from: this.from, to: { name: '', address: to }, subject, text, html, messageId });
    } catch (error) {
      throw new MailNotSent(error instanceof Error ? error.message : String(error), isFinal(error));
    }
  }
}

/** Only what is said about this mail or its address; a server that lets nobody in says 5yz as well. */
function isFinal(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const code = 'code' in error ? error.code : null;
  const reply = 'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : 0;
  return (code === 'EENVELOPE' || code === 'EMESSAGE') && reply >= 500;
}
