import { Injectable } from '@nestjs/common';
import type { Scope } from '@turnpike/contracts-events';
import { Jobs } from '@turnpike/jobs';
import { Database } from '@turnpike/service';
import { findOut, type KeysToCheck } from './account-checks.js';
import { type Conclusion, conclusionOf, type Findings } from './checks.rules.js';
import { ConnectionRowsService } from './connection-rows.service.js';
import { PlaceEndpoint, VerifyConnection } from './connection-work.js';
import { Connection } from './connection.entity.js';
import { isOver, isUsable } from './connection.rules.js';
import { scopeOf, shownOfKeys } from './connections.service.js';
import { SecretsService } from './secrets.service.js';
import { StripeAddresses } from './stripe-addresses.js';

interface Plan {
  readonly keys: KeysToCheck;
  readonly areNext: boolean;
}

/** VERIFY (requirement U12): reads what is to be proved, asks Stripe outside any transaction, and writes what it found. */
@Injectable()
export class VerificationsService {
  constructor(
    private readonly database: Database,
    private readonly rows: ConnectionRowsService,
    private readonly secrets: SecretsService,
    private readonly jobs: Jobs,
    private readonly addresses: StripeAddresses,
  ) {}

  /** @param attempt the same for every try of one verification @throws Unavailable when Stripe did not answer: to be tried again */
  async verify(scope: Scope, connectionId: string, attempt: string, clock: () => Date): Promise<void> {
    const plan = await this.database.transaction(scope.organization, () => this.plan(scope, connectionId, attempt));
    if (!plan) return;
    const findings = await findOut(plan.keys);
    await this.database.transaction(scope.organization, () => this.conclude(scope, connectionId, plan, findings, clock()));
  }

  private async plan(scope: Scope, connectionId: string, attempt: string): Promise<Plan | null> {
    const connection = await this.rows.one(scope, connectionId);
    const baseUrl = this.addresses.of(scope.environment);
    if (isOver(connection.status) || baseUrl === null) return null;
    const pair = await this.pairOf(connection);
    if (!pair) return null;
    const { environment, profile } = connection;
    const { secretKey, publishableKey, areNext } = pair;
    return {
      keys: { environment, connectionId, profile, secretKey, publishableKey, baseUrl, attempt, calls: this.addresses.calls },
      areNext,
    };
  }

  private async pairOf(connection: Connection): Promise<{ secretKey: string; publishableKey: string; areNext: boolean } | null> {
    const secrets = await this.secrets.of(connection);
    const textOf = (kind: string) => secrets.find((secret) => secret.kind === kind)?.text;
    const [nextSecret, nextPublishable] = [textOf('next_secret_key'), textOf('next_publishable_key')];
    if (nextSecret && nextPublishable) return { secretKey: nextSecret, publishableKey: nextPublishable, areNext: true };
    const [secretKey, publishableKey] = [textOf('secret_key'), textOf('publishable_key')];
    return secretKey && publishableKey ? { secretKey, publishableKey, areNext: false } : null;
  }

  private async conclude(scope: Scope, connectionId: string, plan: Plan, findings: Findings, now: Date): Promise<void> {
    // Two connections of one organization that turn out to be the same account: the second one sees the first.
    await this.rows.lock(scope, 'connections/accounts');
    const connection = await this.rows.locked(scope, connectionId);
    const pair = isOver(connection.status) ? null : await this.pairOf(connection);
    // Other keys came, or it was removed, while Stripe was asked: that is another verification's.
    if (!pair || pair.secretKey !== plan.keys.secretKey || pair.areNext !== plan.areNext) return;

    const conclusion = conclusionOf(findings, {
      stripeAccountId: connection.stripeAccountId,
      wasVerified: connection.verifiedAt !== null && !plan.areNext,
      accountIsTaken: findings.account !== null && (await this.isTaken(connection, findings.account.id)),
    });
    const isGood = conclusion.status === 'verified';
    if (!plan.areNext) this.settle(connection, conclusion, findings, now);
    else if (isGood || connection.stripeAccountId === null) await this.takeOver(connection, plan, conclusion, findings, now);
    else await this.turnDown(connection, conclusion, now);
    if (isUsable(connection.status))
      await this.jobs.enqueue(PlaceEndpoint, scope, { connectionId, isRotation: false }, { key: connectionId });
  }

  private settle(connection: Connection, { status, reason, checks }: Conclusion, { account }: Findings, now: Date): void {
    const isOurs = reason !== 'account_mismatch' && reason !== 'already_connected';
    const isVerified = status === 'verified';
    this.rows.change(
      connection,
      {
        status,
        statusReason: reason,
        checks: [...checks],
        checkedAt: now,
        ...(isVerified ? { verifiedAt: now } : {}),
        ...(account && isOurs && (isVerified || connection.stripeAccountId !== null) ? factsOf(account, connection) : {}),
      },
      now,
    );
  }

  /** The next keys become the keys, and the old ones are destroyed. */
  private async takeOver(connection: Connection, plan: Plan, conclusion: Conclusion, findings: Findings, now: Date): Promise<void> {
    const { secretKey, publishableKey } = plan.keys;
    await this.secrets.destroy(connection, ({ kind }) => kind !== 'webhook_secret');
    await this.secrets.keep(connection, 'secret_key', secretKey, now);
    await this.secrets.keep(connection, 'publishable_key', publishableKey, now);
    this.rows.change(
      connection,
      { ...shownOfKeys({ secretKey, publishableKey }), keyChange: null, secretsVersion: connection.secretsVersion + 1 },
      now,
    );
    this.settle(connection, conclusion, findings, now);
  }

  /** The keys in use stay; what was wrong with the others is said. */
  private async turnDown(connection: Connection, { reason, checks }: Conclusion, now: Date): Promise<void> {
    await this.secrets.destroy(connection, ({ kind }) => kind === 'next_secret_key' || kind === 'next_publishable_key');
    const message = checks.find((check) => check.ok === false && check.code === reason)?.message ?? null;
    const keyChange = { state: 'refused' as const, code: reason, message, at: now.toISOString() };
    this.rows.change(connection, { keyChange }, now);
    // It was waiting for these keys; what the ones it has are good for is to be found out anew.
    if (connection.status === 'verifying')
      await this.jobs.enqueue(VerifyConnection, scopeOf(connection), { connectionId: connection.id }, { key: connection.id });
  }

  private async isTaken({ organization, environment, id }: Connection, stripeAccountId: string): Promise<boolean> {
    const other = await this.database
      .current()
      .em.count(Connection, { organization, environment, stripeAccountId, removedAt: null, id: { $ne: id } });
    return other > 0;
  }
}

/** A key that may not read its account's name takes none away that was known. */
function factsOf(account: NonNullable<Findings['account']>, known: Connection): Partial<Connection> {
  return {
    stripeAccountId: account.id,
    accountName: account.name ?? known.accountName,
    country: account.country ?? known.country,
    defaultCurrency: account.defaultCurrency ?? known.defaultCurrency,
  };
}
