import { Migration } from '@mikro-orm/migrations';
import { openToInfrastructure, protectTable } from '@turnpike/service';

/** Connections come from their own service, no longer from a file; and those without an endpoint are polled. */
export class Migration20261121151000_know_connections extends Migration {
  override up(): void {
    for (const statement of [...knownConnectionTable(), ...eventPollTable()]) this.addSql(statement);
  }
}

function knownConnectionTable(): string[] {
  return [
    `create table known_connection (
      organization text not null,
      environment text not null check (environment in ('sandbox', 'test', 'live')),
      id text not null,
      status text not null check (status in ('created', 'verifying', 'verified', 'failed', 'degraded', 'unauthorized', 'removing', 'removed')),
      livemode boolean not null,
      ingest_mode text not null check (ingest_mode in ('webhook', 'polling', 'both')),
      secrets_version int not null,
      polls_until timestamptz,
      version_epoch bigint not null,
      version_n bigint not null,
      revision int not null default 1,
      primary key (organization, environment, id)
    )`,
    `create index known_connection_by_id on known_connection (id)`,
    ...protectTable('gateway', 'known_connection'),
    ...openToInfrastructure('gateway', 'known_connection'),
  ];
}

function eventPollTable(): string[] {
  return [
    `create table event_poll (
      organization text not null,
      environment text not null check (environment in ('sandbox', 'test', 'live')),
      connection_id text not null,
      cursor_event_id text,
      since timestamptz not null,
      next_at timestamptz not null,
      leased_until timestamptz not null,
      failures int not null,
      revision int not null default 1,
      primary key (organization, environment, connection_id)
    )`,
    ...protectTable('gateway', 'event_poll', 'select, insert, update'),
    ...openToInfrastructure('gateway', 'event_poll'),
  ];
}
