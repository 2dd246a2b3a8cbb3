import { describe, expect, it } from '@jest/globals';
import { ConfigInvalid, readConfig } from './read-config.js';
import { ServiceConfig } from './service.js';

const SETTINGS = {
  DATABASE_URL: 'postgres://turnpike_gateway:hunter2@127.0.0.1/gateway',
  INFRASTRUCTURE_DATABASE_URL: 'postgres://turnpike_gateway_infra:hunter2@127.0.0.1/gateway',
  DECLARATION: '/etc/turnpike/declaration.json',
  SERVICE_TOKEN: 'a-service-token-of-a-test',
};

describe('the settings of a service', () => {
  it('are read once, with lists and numbers as such', () => {
    const config = readConfig('gateway', ServiceConfig, {
      ...SETTINGS,
      KAFKA_BROKERS: 'a:1, b:2',
      PORT: '8080',
      WRITER_URLS: 'gateway=http://g,customers=http://c',
    });
    expect(config).toMatchObject({ KAFKA_BROKERS: ['a:1', 'b:2'], PORT: 8080, KAFKA_SESSION_TIMEOUT_MS: 30_000 });
    expect(config.WRITER_URLS.get('customers')).toBe('http://c');
  });

  it('an empty one counts as not set', () => {
    expect(readConfig('gateway', ServiceConfig, { ...SETTINGS, KAFKA_BROKERS: '' }).KAFKA_BROKERS).toBeUndefined();
  });

  it('that are missing or wrong are all named, with what they are for and without their values', () => {
    const read = () => readConfig('gateway', ServiceConfig, { ...SETTINGS, DATABASE_URL: 'hunter2', SERVICE_TOKEN: undefined });
    expect(read).toThrow(ConfigInvalid);
    expect(read).toThrow(/DATABASE_URL: .*\(the service's own database/);
    expect(read).toThrow(/SERVICE_TOKEN: is not set/);
    expect(read).not.toThrow(/hunter2/);
  });
});
