import { describe, expect, it } from '@jest/globals';
import { readAnswer } from './deliver.js';

const whole = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: keep-alive\r\n\r\ntrue';

describe('the load of the ingest benchmark', () => {
  it('waits for the whole answer before it sends the next request', () => {
    for (let length = 0; length < whole.length; length++) expect(readAnswer(whole.slice(0, length))).toBe('incomplete');
    expect(readAnswer(whole)).toBe(200);
  });

  it('tells a refusal from an acceptance, with or without a body', () => {
    expect(readAnswer('HTTP/1.1 503 Service Unavailable\r\n\r\n')).toBe(503);
    expect(readAnswer('HTTP/1.1 204 No Content\r\nDate: x\r\n\r\n')).toBe(204);
  });
});
