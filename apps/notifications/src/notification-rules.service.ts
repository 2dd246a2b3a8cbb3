import { Injectable } from '@nestjs/common';
import type { Scope } from '@turnpike/contracts-events';
import { Database, InputInvalid } from '@turnpike/service';
import { NOTIFICATION_SCOPES, type NotificationScope } from './news.rules.js';
import { NotificationRule } from './notification-rule.entity.js';

/** Which news is told. Every method runs in the transaction of its caller. */
@Injectable()
export class NotificationRulesService {
  constructor(private readonly database: Database) {}

  /** All of them, the untouched ones on. */
  async list({ organization, environment }: Scope): Promise<{ notificationScope: NotificationScope; isOn: boolean }[]> {
    const rules = await this.database.current().em.find(NotificationRule, { organization, environment });
    return NOTIFICATION_SCOPES.map((notificationScope) => ({
      notificationScope,
      isOn: rules.find((rule) => rule.notificationScope === notificationScope)?.isOn ?? true,
    }));
  }

  /** @throws InputInvalid for a scope that nothing is told about */
  async turn(
    { organization, environment }: Scope,
    word: string,
    isOn: boolean,
    now: Date,
  ): Promise<{ notificationScope: NotificationScope; isOn: boolean }> {
    const notificationScope = NOTIFICATION_SCOPES.find((one) => one === word);
    if (notificationScope === undefined)
      throw new InputInvalid([{ pointer: '/scope', code: 'unknown_scope', message: `is none of ${NOTIFICATION_SCOPES.join(', ')}` }]);
    const { em } = this.database.current();
    const rule = await em.findOne(NotificationRule, { organization, environment, notificationScope });
    if (rule) em.assign(rule, { isOn, updatedAt: now });
    else em.create(NotificationRule, { organization, environment, notificationScope, isOn, updatedAt: now, revision: 1 });
    return { notificationScope, isOn };
  }
}
