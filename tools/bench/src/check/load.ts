/** Asks, in a process of its own: makes the requests first, sends them, and reads every answer when the clock has stopped. */
import { answer } from '../answer.js';
import { deliver } from '../deliver.js';
import { percentileOf } from '../statistics.js';
import { API_KEY, customerId, featureKey, FEATURES, wrongIn } from './access-facts.js';
import { NOTHING } from './bare-answer.js';
import { zipf } from './zipf.js';

export interface Questions {
  readonly url: string;
  /** How many there are to ask about; a path: that one each time, which answers nothing. */
  readonly about: number | string;
  readonly items: number;
  readonly connections: number;
}

export interface Answered {
  readonly ms: number;
  readonly p50: number;
  readonly p99: number;
}

interface Asked {
  readonly at: number;
  readonly feature: number;
}

let prepared: { url: URL; connections: number; requests: Buffer[]; asked: Asked[] | null } | null = null;
let draw: { customers: number; zipf: (drawn: number) => number } | null = null;

answer({
  prepare({ url, about, items, connections }: Questions): void {
    const target = new URL(url);
    if (typeof about === 'string') {
      const request = requestOf(target, about);
      prepared = { url: target, connections, requests: new Array<Buffer>(items).fill(request), asked: null };
      return;
    }
    if (draw?.customers !== about) draw = { customers: about, zipf: zipf(about) };
    const { zipf: who } = draw;
    const asked = Array.from({ length: items }, () => ({
      // Whom a rank belongs to is spread over all: neighbours would have neighbouring plans.
      at: (who(Math.random()) * 7_919) % about,
      feature: Math.floor(Math.random() * FEATURES),
    }));
    const requests = asked.map(({ at, feature }) => requestOf(target, `/v1/entitlements/${customerId(at)}/${featureKey(feature)}`));
    prepared = { url: target, connections, requests, asked };
  },
  async ask(): Promise<Answered> {
    if (!prepared) throw new Error('Prepare the questions first.');
    const { url, connections, requests, asked } = prepared;
    prepared = null;
    const answers = new Array<string>(requests.length);
    const begun = performance.now();
    const latencies = await deliver(url, requests, connections, (at, whole) => (answers[at] = whole));
    const ms = performance.now() - begun;
    answers.forEach((whole, at) => verify(whole, asked?.[at] ?? null));
    return { ms, p50: percentileOf(latencies, 0.5), p99: percentileOf(latencies, 0.99) };
  },
});

function requestOf(url: URL, path: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${url.host}\r\nAuthorization: Bearer ${API_KEY}\r\nAccept: application/json\r\n\r\n`);
}

function verify(whole: string, asked: Asked | null): void {
  const body = whole.slice(whole.indexOf('\r\n\r\n') + 4);
  if (asked === null) {
    if (body !== JSON.stringify(NOTHING)) throw new Error(`An empty route answered ${body}.`);
    return;
  }
  const wrong = wrongIn(JSON.parse(body), asked.at, asked.feature);
  if (wrong) throw new Error(`A wrong answer about ${customerId(asked.at)}: ${wrong}\n${body}`);
}
