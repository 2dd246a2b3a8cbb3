import { randomBytes } from 'node:crypto';
import { customers } from '@turnpike/customers';
import { entitlements } from '@turnpike/entitlements';
import { gateway } from '@turnpike/gateway';
import type { DatabasePlan } from '@turnpike/service';
import { letIn, StandInConnections } from '@turnpike/testing';
import { API_KEY, SCOPE } from '../check/access-facts.js';
import type { Cluster } from '../cluster.js';
import { FEATURE, PRICES, SEATS } from './moving-plans.js';
import type { OursSettings } from './ours.js';

const CONNECTION = 'bench';

/** Databases of the three services, a connection whose webhooks are signed with the secret, and two plans to move between. */
export async function prepareOurs(cluster: Cluster, brokers: readonly string[], secret: string): Promise<OursSettings> {
  const connections = await StandInConnections.start();
  const token = randomBytes(24).toString('base64url');
  const of = async (plan: DatabasePlan) => {
    const database = await cluster.provision(plan, 'fresh');
    return {
      DATABASE_URL: database.url,
      INFRASTRUCTURE_DATABASE_URL: database.infrastructureUrl,
      KAFKA_BROKERS: brokers.join(','),
      WRITER_URLS: `connections=${connections.url}`,
      SERVICE_TOKEN: token,
      LOG_LEVEL: 'warn',
    };
  };
  const settings = {
    gateway: { ...(await of(gateway.plan)), WEBHOOK_BODY_KEY: randomBytes(32).toString('base64') },
    customers: await of(customers.plan),
    entitlements: await of(entitlements.plan),
  };
  await connections.receives(cluster.inside('fresh_gateway'), SCOPE, CONNECTION, [secret]);
  await letIn(cluster.inside('fresh_entitlements'), { [API_KEY]: SCOPE });
  for (const [at, price] of PRICES.entries()) await offer(cluster, `plan-${at}`, price, SEATS[at] ?? 0);
  return settings;
}

/** A plan as if `catalog` had told of it. */
async function offer(cluster: Cluster, planKey: string, stripeId: string, seats: number): Promise<void> {
  const facts = {
    planVersionId: planKey,
    planKey,
    number: 1,
    pricingType: 'paid',
    features: [{ key: FEATURE, value: seats, isCore: false }],
    accessPolicy: { pastDue: { graceDays: 7, then: 'core' }, unpaid: { coreDays: 30 }, trialEnd: { graceDays: 3 } },
    monthlyAmount: 1_500,
    prices: [{ connectionId: CONNECTION, stripeId }],
    isOffered: true,
  };
  await cluster.inside('fresh_entitlements').query(
    `insert into known_plan_version (organization, environment, id, is_free, prices, facts, version_epoch, version_n)
     values ($1, $2, $3, false, array[$4], $5, 1, 1)`,
    [SCOPE.organization, SCOPE.environment, planKey, `${CONNECTION}/${stripeId}`, JSON.stringify(facts)],
  );
}
