/** What the machine can do: each hundred objects as one jsonb parameter, one UPSERT and its commit. */
import { openPool } from '@turnpike/service';
import { answer, settings } from '../answer.js';
import { type Batch, bodyOf } from './told-events.js';

export interface LimitSettings {
  readonly databaseUrl: string;
}

const PER_TRANSACTION = 100;
const AT_ONCE = 2;
const UPSERT = {
  name: 'upsert',
  text: `insert into object (id, body) select one ->> 'id', one from jsonb_array_elements($1::jsonb) as one
    on conflict (id) do update set body = excluded.body`,
};
const pool = openPool({ url: settings<LimitSettings>().databaseUrl, name: 'limit', size: AT_ONCE, onError: () => undefined });
let prepared: string[] = [];

answer(
  {
    start: async (): Promise<void> => void (await pool.query('create table object (id text primary key, body jsonb not null)')),
    prepare(batch: Batch): void {
      prepared = Array.from({ length: batch.items }, (_, at) => {
        const event: { data: { object: object } } = JSON.parse(bodyOf(batch, at, 0));
        return JSON.stringify(event.data.object);
      });
    },
    async apply(): Promise<{ ms: number }> {
      const begun = performance.now();
      let first = 0;
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          while (first < prepared.length) {
            const chunk = prepared.slice(first, (first += PER_TRANSACTION));
            await pool.query({ ...UPSERT, values: [`[${chunk.join(',')}]`] });
          }
        }),
      );
      prepared = [];
      return { ms: performance.now() - begun };
    },
  },
  () => pool.end(),
);
