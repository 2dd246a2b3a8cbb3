import { openToInfrastructure, protectTable } from '@turnpike/service';

const OWN = `organization text not null,
      environment text not null check (environment in ('sandbox', 'test', 'live'))`;

/**
 * Walks through Stripe's lists: each walk, the parts that it goes through side by side, and which walk is somebody's turn. The last is a
 * listed infrastructure table, so that one loop serves all organizations: ids and times.
 */
export function fillTables(service: string): string[] {
  return [
    `create table fill (
      ${OWN},
      id text not null,
      connection_id text not null,
      object_type text not null,
      purpose text not null check (purpose in ('fill', 'comparison')),
      because text not null check (because in ('connection', 'history', 'person', 'schedule')),
      state text not null check (state in ('waiting', 'walking', 'checking', 'finished', 'failed', 'replaced')),
      is_wanted_again boolean not null,
      checked_up_to text not null,
      found int not null,
      taken int not null,
      doubted int not null,
      missing int not null,
      failure_code text,
      failure text,
      requested_at timestamptz not null,
      started_at timestamptz,
      finished_at timestamptz,
      revision int not null default 1,
      primary key (organization, environment, id)
    )`,
    `create unique index fill_under_way on fill (organization, environment, connection_id, object_type) where finished_at is null`,
    `create index fill_by_connection on fill (organization, environment, connection_id, object_type, requested_at)`,
    ...protectTable(service, 'fill', 'select, insert, update'),
    `create table fill_segment (
      ${OWN},
      fill_id text not null,
      n int not null,
      clock_id text,
      from_at bigint,
      to_at bigint,
      cursor text,
      cursor_at bigint,
      pages int not null default 0,
      found int not null default 0,
      taken int not null default 0,
      doubted int not null default 0,
      is_done boolean not null default false,
      revision int not null default 1,
      primary key (organization, environment, fill_id, n)
    )`,
    ...protectTable(service, 'fill_segment'),
    `create table fill_due (
      ${OWN},
      fill_id text not null,
      due_at timestamptz not null,
      lease uuid,
      held_until timestamptz not null default '-infinity',
      tries int not null default 0,
      primary key (organization, environment, fill_id)
    )`,
    ...protectTable(service, 'fill_due'),
    ...openToInfrastructure(service, 'fill_due', 'select, update'),
  ];
}
