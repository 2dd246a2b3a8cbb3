import { describe, expect, it } from '@jest/globals';
import { brokersIn } from './brokers.js';

describe('a list of brokers', () => {
  it('may have spaces and an empty end', () => {
    expect(brokersIn('127.0.0.1:9092, kafka-2:9093,')).toEqual(['127.0.0.1:9092', 'kafka-2:9093']);
  });

  it('may name an IPv6 address', () => {
    expect(brokersIn('[::1]:9092')).toEqual(['[::1]:9092']);
  });

  it.each(['', ' , ', 'kafka', 'http://kafka:9092', 'kafka:port'])('is refused when it is "%s"', (list) => {
    expect(() => brokersIn(list)).toThrow(TypeError);
  });
});
