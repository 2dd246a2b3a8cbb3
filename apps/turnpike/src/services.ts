import { catalog } from '@turnpike/catalog';
import { connections } from '@turnpike/connections';
import { customers } from '@turnpike/customers';
import { entitlements } from '@turnpike/entitlements';
import { gateway } from '@turnpike/gateway';
import { notifications } from '@turnpike/notifications';
import { organizations } from '@turnpike/organizations';
import { payments } from '@turnpike/payments';
import {
  startService,
  type DatabasePlan,
  type LogDestination,
  type RoadHandle,
  type RunningService,
  type ServiceConfig,
  type ServiceDefinition,
} from '@turnpike/service';

/** A service as the launcher sees it. */
export interface Service {
  readonly name: string;
  readonly title: string;
  /** How the paths it answers begin. */
  readonly doors: readonly string[];
  readonly plan: DatabasePlan;
  /** The names of its settings: what it is given of the environment, and nothing else. */
  readonly settings: readonly string[];
  /** Starts it inside this process. @param logTo standard output unless told */
  start(environment: Readonly<Record<string, string>>, logTo?: LogDestination): Promise<RunningService>;
}

/** Every service there is, in the order of the road. One that is not here is not provisioned, not migrated and not started. */
export const SERVICES: readonly Service[] = [
  of(organizations),
  of(connections),
  of(gateway),
  of(catalog),
  of(customers),
  of(payments),
  of(entitlements),
  of(notifications),
];

function of<S extends typeof ServiceConfig, R extends RoadHandle>(definition: ServiceDefinition<S, R>): Service {
  const { name, title, doors, plan, config } = definition;
  return {
    name,
    title,
    doors,
    plan,
    settings: Object.keys(config.shape),
    start: (environment, logTo) => startService(definition, environment, logTo),
  };
}
