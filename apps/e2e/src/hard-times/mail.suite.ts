import { describe, expect, it } from '@jest/globals';
import { type MailServer, until } from '@turnpike/testing';
import { Buyer, CARD, CARD_WITHOUT_FUNDS, catalogOf } from './life.js';
import type { World } from './world.js';

interface Notification {
  readonly id: string;
  readonly channel: string;
  readonly status: string;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly messageId: string;
}

/** Whose mail leaves the sandbox (MAIL_ALLOW_LIST): nobody else's does (architecture rule 17). */
export const MAILED = ['mia', 'max', 'moe'].map((name) => `${name}@example.com`);
/** A minute where there is time for it. */
const AWAY_MS = process.env['LONG'] === '1' ? 60_000 : 20_000;

export function mailServerAway(of: () => World, mailServer: () => MailServer): void {
  describe('a mail server that is away', () => {
    it('delays mails, loses none and doubles none', async () => {
      const seller = await of().seller('mailer');
      await seller.connect();
      const price = await seller.sells(catalogOf('Mail'), 'Mail Pro Plan');
      await mailServer().down();
      const beganAt = Date.now();
      for (const email of MAILED) {
        const buyer = await Buyer.of(seller.stripe, email.replace('@example.com', ''), email);
        await buyer.usesCard(CARD);
        const { id } = await buyer.subscribes(price);
        await buyer.usesCard(CARD_WITHOUT_FUNDS);
        await buyer.waitsForNextPeriod(id);
      }
      const mails = () => seller.readAll<Notification>('/v1/notifications');
      const all = async (isSo: (mail: Notification) => boolean) => (await mails()).length === MAILED.length && (await mails()).every(isSo);
      await until(
        'every mail was tried and waits',
        () => all(({ status, attempts, lastError }) => status === 'waiting' && attempts > 0 && lastError !== null),
        60_000,
      );
      expect((await mails()).map(({ channel, lastError }) => [channel, lastError])).toEqual(
        MAILED.map(() => ['email', expect.stringContaining('ECONNREFUSED')]),
      );
      await new Promise((resolve) => setTimeout(resolve, beganAt + AWAY_MS - Date.now()));
      expect(await all(({ status }) => status === 'waiting')).toBe(true);

      await mailServer().up();
      await until('every mail is sent', () => all(({ status }) => status === 'sent'), 180_000);
      const { taken } = mailServer();
      expect(taken.map(({ to }) => to).toSorted()).toEqual(MAILED.toSorted());
      expect(taken.map(({ messageId }) => messageId).toSorted()).toEqual((await mails()).map(({ messageId }) => messageId).toSorted());
      expect(taken.every(({ subject }) => /^We could not collect your payment/.test(subject ?? ''))).toBe(true);
    }, 300_000);
  });
}
