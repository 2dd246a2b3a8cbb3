import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

/** The key that an organization's secrets of one environment are sealed with, itself wrapped by the installation's. */
export const DataKey = defineEntity({
  name: 'DataKey',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    version: p.integer().primary(),
    /** Names the wrapping key without telling it. */
    wrappedBy: p.text(),
    wrapped: p.blob(),
    createdAt: p.datetime(),
    revision: p.integer().version(),
  },
  ...ownRowsOnly,
});
export type DataKey = InferEntity<typeof DataKey>;
