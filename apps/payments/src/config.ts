import { ServiceConfig } from '@turnpike/service';

export const Config = ServiceConfig;
export type Config = ServiceConfig;
