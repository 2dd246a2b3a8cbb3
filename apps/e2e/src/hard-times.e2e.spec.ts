import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { MailServer } from '@turnpike/testing';
import { deliveriesOnABadLine } from './hard-times/deliveries.suite.js';
import { stripeAtFault } from './hard-times/faults.suite.js';
import { organizationsApart } from './hard-times/isolation.suite.js';
import { keysThatMayLess } from './hard-times/keys.suite.js';
import { MAILED, mailServerAway } from './hard-times/mail.suite.js';
import { webhooksThatNeverCome } from './hard-times/missed.suite.js';
import { secretsNowhere } from './hard-times/secrets.suite.js';
import { World } from './hard-times/world.js';

/** One start, and everything that goes wrong around it. What is secret is looked for last, after all of it. */
describe('Turnpike in hard times', () => {
  let world: World;
  let mailServer: MailServer;

  beforeAll(async () => {
    const password = randomBytes(18).toString('base64url');
    mailServer = await MailServer.start({ user: 'turnpike', password });
    world = await World.begin({ POLL_EVERY_SECONDS: '1', SMTP_URL: mailServer.url, MAIL_ALLOW_LIST: MAILED.join(',') });
    world.secretsGiven.push({ kind: 'SMTP password', text: password });
  });
  afterAll(async () => {
    await world?.end();
    await mailServer?.down();
  });

  deliveriesOnABadLine(() => world);
  webhooksThatNeverCome(() => world);
  stripeAtFault(() => world);
  keysThatMayLess(() => world);
  organizationsApart(() => world);
  mailServerAway(
    () => world,
    () => mailServer,
  );
  secretsNowhere(() => world);
});
