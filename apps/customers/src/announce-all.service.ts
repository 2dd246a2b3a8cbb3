import { Injectable } from '@nestjs/common';
import { ClockChanged, CustomerChanged, type Environment, SubscriptionChanged, WorkspaceChanged } from '@turnpike/contracts-events';
import { AnnounceAll, Epochs, type ToldTopic } from '@turnpike/messaging';
import { orderKeyOf } from '@turnpike/mirror';
import { Database, KnownOrganizations, Log, type Transaction } from '@turnpike/service';
import { Clock } from './clock.entity.js';
import { ClocksService } from './clocks.service.js';
import { customerKeyOf } from './customer-keys.js';
import { CustomerRows } from './customer-rows.service.js';
import { Customer } from './customer.entity.js';
import { Subscription } from './subscription.entity.js';
import { SubscriptionsService } from './subscriptions.service.js';
import { Workspace } from './workspace.entity.js';
import { workspaceKeyOf, WorkspacesService } from './workspaces.service.js';

/** Tells every customer, subscription, workspace and test clock again, each locked as everybody locks it who changes it. */
@Injectable()
export class AnnounceAllService extends AnnounceAll {
  constructor(
    database: Database,
    organizations: KnownOrganizations,
    log: Log,
    customers: CustomerRows,
    subscriptions: SubscriptionsService,
    workspaces: WorkspacesService,
    clocks: ClocksService,
    epochs: Epochs,
  ) {
    const told: ToldTopic[] = [
      {
        topic: CustomerChanged,
        table: 'customer',
        columns: ['connection_id', 'stripe_id', 'external_id'],
        lockKeyOf: (scope, row) =>
          customerKeyOf({
            ...scope,
            id: row.id,
            connectionId: textOf(row['connection_id']),
            stripeId: textOf(row['stripe_id']),
            externalId: textOf(row['external_id']),
          }),
        tell: async (transaction, environment, ids) => {
          for (const row of await transaction.em.find(Customer, ...these(transaction, environment, ids))) customers.tell(row);
        },
      },
      {
        topic: SubscriptionChanged,
        table: 'subscription',
        columns: ['connection_id', 'stripe_id'],
        lockKeyOf: (scope, row) =>
          orderKeyOf({ scope, connectionId: String(row['connection_id']), stripeId: textOf(row['stripe_id']) ?? row.id }),
        tell: async (transaction, environment, ids) => {
          for (const row of await transaction.em.find(Subscription, ...these(transaction, environment, ids))) subscriptions.tell(row);
        },
      },
      {
        topic: WorkspaceChanged,
        table: 'workspace',
        lockKeyOf: (scope, row) => workspaceKeyOf({ ...scope, id: row.id }),
        tell: async (transaction, environment, ids) => {
          for (const row of await transaction.em.find(Workspace, ...these(transaction, environment, ids))) workspaces.tell(row);
        },
      },
      {
        topic: ClockChanged,
        table: 'clock',
        columns: ['connection_id'],
        lockKeyOf: (scope, row) => orderKeyOf({ scope, connectionId: String(row['connection_id']), stripeId: row.id }),
        tell: async (transaction, environment, ids) => {
          for (const row of await transaction.em.find(Clock, ...these(transaction, environment, ids))) clocks.tell(row);
        },
      },
    ];
    super({ service: 'customers', database, organizations, log, epochs, told });
  }
}

/** The rows of a page, in the order of their ids. */
function these({ organization }: Transaction, environment: Environment, ids: readonly string[]) {
  return [{ organization, environment, id: { $in: [...ids] } }, { orderBy: { id: 'asc' } }] as const;
}

function textOf(column: unknown): string | null {
  return typeof column === 'string' ? column : null;
}
