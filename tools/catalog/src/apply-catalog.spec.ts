import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { CatalogApplyRequest } from '@turnpike/contracts-http';
import { applyCatalog, toLines } from './apply-catalog.js';

const applied = {
  isDryRun: false,
  isChanged: true,
  products: [
    {
      ...{ key: 'acme', id: 'pr_1', change: 'unchanged' as const, differences: [] },
      plans: [
        { key: 'free', id: 'pl_1', change: 'unchanged' as const, differences: [], versionNumber: 1 },
        { key: 'pro', id: 'pl_2', change: 'changed' as const, differences: ['prices', 'features'], versionNumber: 2 },
      ],
    },
  ],
};

let server: Server | null = null;
const seen: string[] = [];
afterEach(() => {
  seen.length = 0;
  server?.close();
});

async function turnpike(status: number, answer: object): Promise<string> {
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    request.resume().on('end', () => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer)));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('applying a catalog', () => {
  it('sends the file with the key, and says what was done a line each', async () => {
    const answer = await applyCatalog({ url: await turnpike(200, applied), apiKey: 'key' }, '{}', false);
    expect(seen).toEqual(['PUT /v1/catalog?dry_run=false Bearer key']);
    expect(toLines(answer)).toEqual([
      'acme                      unchanged',
      '  free                    unchanged  version 1',
      '  pro                     changed    version 2: prices, features',
      'Done.',
    ]);
  });

  it('says that a dry run changed nothing, and that there was nothing to change', async () => {
    expect(toLines({ ...applied, isDryRun: true }).at(-1)).toBe('This was a dry run: nothing was changed.');
    expect(toLines({ ...applied, isChanged: false }).at(-1)).toBe('Everything is so already.');
    await applyCatalog({ url: await turnpike(200, applied), apiKey: 'key' }, '{}', true);
    expect(seen).toEqual(['PUT /v1/catalog?dry_run=true Bearer key']);
  });

  it('names each wrong place of a file that is refused', async () => {
    const errors = [{ pointer: '/products/0/name', code: 'too_small', message: 'is too short' }];
    const problem = {
      type: 'x',
      title: 'Invalid',
      status: 400,
      detail: 'd',
      instance: 'i',
      code: 'invalid_request',
      requestId: 'r',
      errors,
    };
    await expect(applyCatalog({ url: await turnpike(400, problem), apiKey: 'key' }, '{}', false)).rejects.toThrow(
      /nothing was changed:\n {2}\/products\/0\/name {2}is too short/,
    );
  });

  it('says so when nothing answers there', async () => {
    await expect(applyCatalog({ url: 'http://127.0.0.1:9', apiKey: 'key' }, '{}', false)).rejects.toThrow(
      /127\.0\.0\.1:9 cannot be reached/,
    );
  });
});

describe('the example', () => {
  it('is a catalog that is taken: a free plan, and one with fourteen days to try it', () => {
    const text = readFileSync(join(import.meta.dirname, '..', '..', '..', 'examples', 'catalog.json'), 'utf8');
    const [product] = CatalogApplyRequest.parse(JSON.parse(text)).products;
    expect(product?.plans.map(({ pricingType, trialDays }) => [pricingType, trialDays])).toEqual([
      ['free', null],
      ['paid', 14],
      ['custom', null],
    ]);
  });
});
