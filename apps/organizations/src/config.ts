import { ServiceConfig } from '@turnpike/service';
import { z } from 'zod';

/** What `organizations` reads from its environment, beside what every service has. */
export const Config = ServiceConfig.extend({
  /** Read at each start: what is new in it is made, an API key that is no longer in it is revoked. Not set: nothing is declared. */
  DECLARATION: z.string().optional().describe('the file that declares organizations and API key hashes (docs/declaration.md)'),
});
export type Config = z.infer<typeof Config>;
