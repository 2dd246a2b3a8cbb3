import { describe, expect, it } from '@jest/globals';
import { renderProperties, serverProperties } from './server-properties.js';

const SHAPE = { port: 9101, controllerPort: 9102, logs: '/srv/kafka/logs' };

describe('the settings of the broker', () => {
  it('keep it to this machine, on the two ports given', () => {
    const properties = serverProperties(SHAPE);
    expect(properties.listeners).toBe('PLAINTEXT://127.0.0.1:9101,CONTROLLER://127.0.0.1:9102');
    expect(properties['advertised.listeners']).toBe(properties.listeners);
    expect(properties['controller.quorum.bootstrap.servers']).toBe('127.0.0.1:9102');
    expect(properties['log.dirs']).toBe('/srv/kafka/logs');
  });

  it('let no topic appear by a misspelt name, and give new ones 24 partitions', () => {
    expect(serverProperties(SHAPE)).toMatchObject({ 'auto.create.topics.enable': 'false', 'num.partitions': '24' });
  });

  it('ask for no second broker', () => {
    const factors = Object.entries(serverProperties(SHAPE)).filter(([name]) => /replication\.factor|min\.isr/.test(name));
    expect(factors).toHaveLength(5);
    expect(factors.map(([, value]) => value)).toEqual(['1', '1', '1', '1', '1']);
  });

  it('are overridden by those asked for', () => {
    expect(serverProperties(SHAPE, { 'log.retention.ms': '1000', 'num.partitions': '3' })).toMatchObject({
      'log.retention.ms': '1000',
      'num.partitions': '3',
    });
  });

  it('are written one a line, with the backslashes of a path doubled', () => {
    expect(renderProperties({ 'node.id': '1', 'log.dirs': 'C:\\kafka\\logs' })).toBe('node.id=1\nlog.dirs=C:\\\\kafka\\\\logs\n');
  });
});
