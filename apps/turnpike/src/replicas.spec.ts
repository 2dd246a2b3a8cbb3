import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { Backend } from './backend.js';
import { asOne } from './replicas.js';

const request = new IncomingMessage(new Socket());
const response = new ServerResponse(request);

/** Two processes of one service, who note who was asked. */
function two(over: ReadonlyArray<Partial<Backend>> = []): { service: Backend; asked: number[]; ups: boolean[] } {
  const asked: number[] = [];
  const ups = [true, true];
  const replica = (index: number): Backend => ({
    name: 'customers',
    title: 'Customers',
    doors: ['/v1/customers'],
    get isUp() {
      return ups[index] ?? false;
    },
    handle: () => void asked.push(index + 1),
    check: async () => {
      if (!ups[index]) throw new Error('away');
    },
    metrics: async () => (ups[index] ? `# TYPE up gauge\nup{service="customers"} 1\nplain ${index}\n` : Promise.reject(new Error('away'))),
    stop: async () => undefined,
    ...over[index],
  });
  return { service: asOne([replica(0), replica(1)]), asked, ups };
}

describe('a service that runs more than once', () => {
  it('is asked in turn', () => {
    const { service, asked } = two();
    for (let times = 0; times < 4; times += 1) service.handle(request, response);
    expect(asked).toEqual([1, 2, 1, 2]);
  });

  it('is passed over where it is being restarted, and asked again when it is back', () => {
    const { service, asked, ups } = two();
    ups[0] = false;
    service.handle(request, response);
    service.handle(request, response);
    ups[0] = true;
    service.handle(request, response);
    service.handle(request, response);
    expect(asked).toEqual([2, 2, 1, 2]);
  });

  it('is ready while one of them is, and answers for itself when none is', async () => {
    const { service, asked, ups } = two();
    ups[0] = false;
    await service.check();
    ups[1] = false;
    expect(service.isUp).toBe(false);
    service.handle(request, response);
    expect(asked).toHaveLength(1);
    await expect(service.check()).rejects.toThrow('None of the 2 of customers is ready.');
  });

  it('shows the metrics of each apart, and only of those that are there', async () => {
    const { service, ups } = two();
    expect(await service.metrics()).toBe(
      '# TYPE up gauge\nup{replica="1",service="customers"} 1\nup{replica="2",service="customers"} 1\nplain{replica="1"} 0\nplain{replica="2"} 1\n',
    );
    ups[0] = false;
    expect(await service.metrics()).not.toContain('replica="1"');
  });

  it('is stopped whole, even when one of them fails to', async () => {
    const stopped: number[] = [];
    const { service } = two([{ stop: async () => Promise.reject(new Error('stuck')) }, { stop: async () => void stopped.push(2) }]);
    await expect(service.stop()).rejects.toThrow('stuck');
    expect(stopped).toEqual([2]);
  });
});
