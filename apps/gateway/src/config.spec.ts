import { describe, expect, it } from '@jest/globals';
import { readConfig } from '@turnpike/service';
import { Config } from './config.js';

const complete = {
  DATABASE_URL: 'postgres://turnpike_gateway@localhost/gateway',
  INFRASTRUCTURE_DATABASE_URL: 'postgres://turnpike_gateway_infra@localhost/gateway',
  SERVICE_TOKEN: 'a-service-token-of-24-characters',
  WEBHOOK_BODY_KEY: Buffer.alloc(32, 1).toString('base64'),
};

describe('the gateway’s settings', () => {
  it('have defaults for all but what is secret or elsewhere', () => {
    const config = readConfig('gateway', Config, complete);
    expect(config).toMatchObject({
      WEBHOOK_TOLERANCE_SECONDS: 300,
      INGEST_BATCH_MAX: 64,
      INGEST_BATCHES_AT_ONCE: 1,
      WEBHOOK_BODY_KEY: Buffer.alloc(32, 1),
    });
    expect(config.WEBHOOK_BODY_KEY_BEFORE).toBeUndefined();
  });

  it.each(['short', Buffer.alloc(31).toString('base64'), Buffer.alloc(33).toString('base64'), 'é'.repeat(44)])(
    'refuse the body key %s without quoting it',
    (key) => {
      const read = () => readConfig('gateway', Config, { ...complete, WEBHOOK_BODY_KEY: key });
      expect(read).toThrow(/WEBHOOK_BODY_KEY: is not the base64 of 32 bytes/);
      expect(read).not.toThrow(key);
    },
  );
});
