import { Migration } from '@mikro-orm/migrations';
import { knownApiKeyTable, openToInfrastructure, protectTable } from '@turnpike/service';

/** Every usable connection is swept for events that no webhook brought, polled or not; and what was healed can be asked for over HTTP. */
export class Migration20261121183000_sweep_for_gaps extends Migration {
  override up(): void {
    for (const statement of [...eventCursorTable(), ...gapSweepTable(), ...knownApiKeyTable('gateway')]) this.addSql(statement);
  }
}

function eventCursorTable(): string[] {
  return [
    `drop table event_poll`,
    `create table event_cursor (
      organization text not null,
      environment text not null check (environment in ('sandbox', 'test', 'live')),
      connection_id text not null,
      event_id text,
      event_seen_at timestamptz,
      known_until timestamptz,
      reread_from text,
      reread_since timestamptz,
      horizon_event_id text,
      horizon_at timestamptz,
      walked_back_to text,
      looked_at timestamptz,
      next_at timestamptz not null,
      leased_until timestamptz not null,
      failures int not null,
      revision int not null default 1,
      primary key (organization, environment, connection_id)
    )`,
    ...protectTable('gateway', 'event_cursor', 'select, insert, update'),
    ...openToInfrastructure('gateway', 'event_cursor'),
  ];
}

function gapSweepTable(): string[] {
  return [
    `create table gap_sweep (
      organization text not null,
      environment text not null check (environment in ('sandbox', 'test', 'live')),
      id text not null,
      connection_id text not null,
      because text not null check (because in ('new_connection', 'too_long_ago', 'events_deleted', 'pause', 'webhooks_missing')),
      gap_id text,
      swept_from timestamptz,
      swept_until timestamptz not null,
      events_seen int not null,
      events_missed int not null,
      events_healed int not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      revision int not null default 1,
      primary key (organization, environment, id)
    )`,
    `create index gap_sweep_by_connection on gap_sweep (organization, environment, connection_id, id)`,
    ...protectTable('gateway', 'gap_sweep', 'select, insert, update'),
  ];
}
