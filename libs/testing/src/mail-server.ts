import type { AddressInfo } from 'node:net';
import type { SMTPServer } from 'smtp-server';

export interface TakenMail {
  readonly to: string | undefined;
  readonly subject: string | undefined;
  readonly messageId: string | undefined;
  readonly text: string | undefined;
  readonly html: string | undefined;
}

/** Who may hand in mail. */
export interface MailAccount {
  readonly user: string;
  readonly password: string;
}

/** A mail server on a free port that keeps what it takes. Its libraries are loaded by who starts one: most tests send no mail. */
export class MailServer {
  readonly taken: TakenMail[] = [];
  /** What it answers to a recipient; null: it takes the mail. */
  refusal: { code: number; text: string } | null = null;
  private server: SMTPServer | null = null;
  private port = 0;

  private constructor(private readonly account: MailAccount | null) {}

  /** @param account without it, mail is taken from nobody; null: everybody may */
  static async start(account: MailAccount | null = null): Promise<MailServer> {
    const server = new MailServer(account);
    await server.up();
    return server;
  }

  get url(): string {
    const who = this.account === null ? '' : `${this.account.user}:${encodeURIComponent(this.account.password)}@`;
    return `smtp://${who}127.0.0.1:${this.port}`;
  }

  /** Begins to answer, again on its port. */
  async up(): Promise<void> {
    const [{ SMTPServer }, { default: PostalMime }] = await Promise.all([import('smtp-server'), import('postal-mime')]);
    const { account } = this;
    const server = new SMTPServer({
      authOptional: account === null,
      allowInsecureAuth: true,
      disabledCommands: account === null ? ['STARTTLS', 'AUTH'] : ['STARTTLS'],
      logger: false,
      onAuth: ({ username, password }, _session, done) => {
        const isRight = username === account?.user && password === account?.password;
        done(isRight ? null : new Error('Invalid username or password'), isRight ? { user: username } : undefined);
      },
      onRcptTo: (_address, _session, done) => {
        const refusal = this.refusal;
        done(refusal === null ? null : Object.assign(new Error(refusal.text), { responseCode: refusal.code }));
      },
      onData: (stream, _session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          void PostalMime.parse(Buffer.concat(chunks)).then((mail) => {
            this.taken.push({
              to: mail.to?.[0]?.address,
              subject: mail.subject,
              messageId: mail.messageId,
              text: mail.text,
              html: mail.html,
            });
            done();
          });
        });
      },
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.server.address() as AddressInfo).port;
    this.server = server;
  }

  /** Refuses connections, as a server that is away. */
  async down(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}
