import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';
import { NOTIFICATION_SCOPES } from './news.rules.js';

/** Whether a kind of news is told. Without a row it is. */
export const NotificationRule = defineEntity({
  name: 'NotificationRule',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    notificationScope: p.enum(NOTIFICATION_SCOPES).primary(),
    isOn: p.boolean(),
    updatedAt: p.datetime(),
    revision: p.integer().version(),
  },
  ...ownRowsOnly,
});
export type NotificationRule = InferEntity<typeof NotificationRule>;
