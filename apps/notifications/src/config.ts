import { ServiceConfig } from '@turnpike/service';
import { z } from 'zod';

export const Config = ServiceConfig.extend({
  /** Without one, mail of live environments waits until there is one; mail of sandbox and test never needs it. */
  SMTP_URL: z
    .url({ protocol: /^smtps?$/ })
    .optional()
    .describe('smtp://user:password@host:port of the mail server for live environments'),
  /** Its domain is part of every Message-ID: change it, and a copy of an old mail is no longer recognised as one. */
  MAIL_FROM: z.string().min(3).default('Turnpike <turnpike@localhost>').describe('who live mail is from'),
  /** Outside live nothing reaches a stranger: mail goes to the mailbox page, unless its address stands here. */
  MAIL_ALLOW_LIST: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((address) => address.trim().toLowerCase())
        .filter(Boolean),
    )
    .describe('addresses that mail of sandbox and test may reach, comma separated'),
});
export type Config = typeof Config._output;
