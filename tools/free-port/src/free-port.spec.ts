import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { freePort, PortTaken, untilPortsAreOurs } from './free-port.js';

describe('a free port', () => {
  it('can be listened on, and is no longer one then: whoever wishes for it is told', async () => {
    const port = await freePort('Kafka');
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    await expect(freePort('Kafka', port)).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken by another process. Stop that process, or`);
    server.close();
    await once(server, 'close');
    expect(await freePort('Kafka', port)).toBe(port);
  });
});

describe('a start on ports that somebody else was faster to take', () => {
  const failing = (times: number, error: Error) => {
    const start = { attempts: 0, server: async () => (++start.attempts > times ? 'started' : Promise.reject(error)) };
    return start;
  };

  it('is tried again on others', async () => {
    const start = failing(2, new PortTaken(9092, 'Kafka'));
    expect(await untilPortsAreOurs(true, start.server)).toBe('started');
  });

  it('is given up when it always happens', async () => {
    const start = failing(100, new PortTaken(9092, 'Kafka'));
    await expect(untilPortsAreOurs(true, start.server)).rejects.toThrow('Port 9092');
    expect(start.attempts).toBe(5);
  });

  it('fails at once when the port was wished for, and for every other reason', async () => {
    await expect(untilPortsAreOurs(false, failing(1, new PortTaken(9092, 'Kafka')).server)).rejects.toThrow('Port 9092');
    await expect(untilPortsAreOurs(true, failing(1, new Error('No Java')).server)).rejects.toThrow('No Java');
  });
});
