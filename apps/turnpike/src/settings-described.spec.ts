import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SERVICES } from './services.js';

const CHECKOUT = join(import.meta.dirname, '..', '..', '..');
const example = readFileSync(join(CHECKOUT, '.env.example'), 'utf8');
const operating = readFileSync(join(CHECKOUT, 'docs', 'operating.md'), 'utf8');

/** What `npm start` gives each service itself, whatever its own environment says. */
const GIVEN = new Set([
  'INFRASTRUCTURE_DATABASE_URL',
  'BUS_DATABASE_URL',
  'SERVICE_TOKEN',
  'WRITER_URLS',
  'STRIPE_SANDBOX_URL',
  'SELF_URL',
]);
const named = new Set([...example.matchAll(/^#?([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name ?? ''));
const settings = new Set(SERVICES.flatMap((service) => service.settings));

describe('every setting of every service', () => {
  it('stands in .env.example, but for those that npm start makes itself', () => {
    expect([...settings].filter((name) => !named.has(name) && !GIVEN.has(name))).toEqual([]);
  });

  it('stands in docs/operating.md, with what happens without it', () => {
    expect([...settings].filter((name) => !operating.includes(`| \`${name}\``) && !operating.includes(`, \`${name}\``))).toEqual([]);
  });

  it('is read by somebody: .env.example names nothing else', () => {
    expect([...named].filter((name) => !settings.has(name))).toEqual([]);
  });
});
