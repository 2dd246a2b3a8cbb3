import { ServiceConfig } from '@turnpike/service';
import type { z } from 'zod';

/** `customers` reads what every service reads; it has no setting of its own yet. */
export const Config = ServiceConfig;
export type Config = z.infer<typeof Config>;
