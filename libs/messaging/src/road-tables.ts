import { openToInfrastructure, ORGANIZATION_FUNCTION, protectTable, rolesOf } from '@turnpike/service';

/**
 * Rows up to 8 KB stay in their table as they are. By default the server compresses rows over 2 KB, then moves them out of the table: for a
 * message that is written once and read once, that costs more than the rest of its way.
 */
const WHOLE_ROWS = 'with (toast_tuple_target = 8160)';

/**
 * The tables that every service's road runs on, as statements for its first migration. Released statements are never edited:
 * a change is a new list and a new migration.
 */
export function roadTables(service: string): string[] {
  const roles = rolesOf(service);
  return [
    ORGANIZATION_FUNCTION,
    // Appended and read by cursor, never updated; old days are dropped whole. The id comes from an identity with CACHE 1 and is
    // drawn under the aggregate's lock, so that inside one difference of snapshots the order of ids is the order of locks (road 1.1).
    `create table outbox (
      id bigint generated always as identity (cache 1),
      txid xid8 not null default pg_current_xact_id(),
      message_id uuid not null,
      organization text not null,
      environment text not null,
      data_residency text,
      topic text not null,
      partition int not null,
      key text not null,
      order_key text not null,
      traceparent text,
      body bytea,
      announced_at timestamptz not null default clock_timestamp()
    ) partition by range (announced_at)`,
    `create index outbox_id on outbox (id)`,
    `create index outbox_txid on outbox (txid)`,
    `create table outbox_other_days partition of outbox default ${WHOLE_ROWS}`,
    ...protectTable(service, 'outbox', 'insert'),
    // A new epoch takes out what was told in the one before, and puts in again what is not sent (road 2.0 e).
    ...openToInfrastructure(service, 'outbox', 'select, insert, delete'),
    `grant select on sequence outbox_id_seq to ${roles.infrastructure}`,

    ...lifeTable(roles.infrastructure),

    // How far this reader has come. The row of organization '' belongs to the partition itself. The place moves in the transaction
    // of the effect, so it is the truth on both buses (architecture rule 2).
    `create table place (
      organization text not null,
      topic text not null,
      partition int not null,
      log text not null,
      epoch bigint not null,
      number bigint not null,
      next_offset bigint not null,
      moved_at timestamptz not null default clock_timestamp(),
      primary key (organization, topic, partition)
    )`,
    `create index place_partition on place (topic, partition)`,
    `alter table place enable row level security`,
    `alter table place force row level security`,
    `create policy own_rows on place to ${roles.service} using (organization in ('', (select turnpike_organization()))) with check (organization in ('', (select turnpike_organization())))`,
    `grant select, insert, update on place to ${roles.service}`,
    ...openToInfrastructure(service, 'place', 'select, insert, update, delete'),

    `create table dead_letter (
      organization text not null,
      environment text not null,
      topic text not null,
      partition int not null,
      epoch bigint not null,
      number bigint not null,
      message_id uuid not null,
      key text not null,
      order_key text not null,
      headers jsonb not null,
      body bytea,
      state text not null check (state in ('buried', 'parked')),
      code text not null,
      cause text not null,
      attempts int not null,
      buried_at timestamptz not null default clock_timestamp(),
      primary key (organization, topic, partition, epoch, number)
    )`,
    `create index dead_letter_order on dead_letter (organization, topic, order_key)`,
    ...protectTable(service, 'dead_letter'),
    ...openToInfrastructure(service, 'dead_letter'),

    // What this reader knows it has missed: the log started after its place. Until the writer has told everything again, it is stale.
    `create table gap (
      topic text not null,
      partition int not null,
      from_offset bigint not null,
      to_offset bigint not null,
      epoch bigint,
      found_at timestamptz not null default clock_timestamp(),
      asked_at timestamptz,
      primary key (topic, partition, from_offset)
    )`,
    `grant select, insert, update on gap to ${roles.infrastructure}`,

    ...heardAgainTables(service),

    ...relayTables(roles.infrastructure),

    // A day is dropped only when, under its lock, all its rows are visible in every snapshot that the relay has settled (road 2.0 a):
    // a window whose first rows had gone would be numbered anew by the next leader. A long reader must not queue the writers (1.6).
    `create function turnpike_keep_outbox(keep_days int, settled pg_snapshot[]) returns int language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
    declare
      day date; part record; unsent boolean; dropped int := 0;
    begin
      perform set_config('lock_timeout', '200ms', true);
      for day in select generate_series(current_date, current_date + 2, '1 day')::date loop
        if to_regclass(format('outbox_%s', to_char(day, 'YYYYMMDD'))) is null then
          begin
            execute format('create table %I partition of outbox for values from (%L) to (%L) ${WHOLE_ROWS}', 'outbox_' || to_char(day, 'YYYYMMDD'), day::timestamptz, (day + 1)::timestamptz);
          exception when check_violation or lock_not_available then null; -- the rows of that day already lie in the default partition, or a long reader is on the table: next time
          end;
        end if;
      end loop;
      if cardinality(settled) = 0 then return 0; end if;
      for part in
        select c.oid::regclass as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
         where i.inhparent = 'outbox'::regclass and c.relname ~ '^outbox_[0-9]{8}$' and to_date(right(c.relname, 8), 'YYYYMMDD') < current_date - keep_days
      loop
        begin
          execute format('lock table %s in access exclusive mode', part.name);
          execute format('select exists (select 1 from %s o, unnest($1) s where not pg_visible_in_snapshot(o.txid, s))', part.name) into unsent using settled;
          if not unsent then
            execute format('drop table %s', part.name);
            dropped := dropped + 1;
          end if;
        exception when lock_not_available then null;
        end;
      end loop;
      begin
        delete from outbox_other_days o where o.announced_at < current_date - keep_days
           and not exists (select 1 from unnest(settled) s where not pg_visible_in_snapshot(o.txid, s));
      exception when lock_not_available then null;
      end;
      return dropped;
    end $$`,
    `revoke all on function turnpike_keep_outbox(int, pg_snapshot[]) from public`,
    `grant execute on function turnpike_keep_outbox(int, pg_snapshot[]) to ${roles.infrastructure}`,
  ];
}

/**
 * Which life of the service's database this is (road 2.0 d): its epoch, the snapshot that the epoch began with, the server and the log
 * that it was lived on, and why another one is wanted. It is restored with the database, and that is how a restore is noticed.
 */
function lifeTable(role: string): string[] {
  return [
    `create table life (
      is_only boolean primary key default true check (is_only),
      epoch bigint not null default 1,
      snapshot pg_snapshot,
      is_in_book boolean not null default true,
      is_told boolean not null default true,
      server text,
      log text,
      wanted_because text,
      begun_at timestamptz
    )`,
    `insert into life default values`,
    `grant select, update on life to ${role}`,
  ];
}

/** A reader's side of another one's new epoch: which partitions have not been told whole yet, and what took effect of happenings. */
function heardAgainTables(service: string): string[] {
  const { infrastructure } = rolesOf(service);
  return [
    // While there is a row, this reader is stale: something it keeps may be of a life that never was (road 2.0 c).
    `create table retelling (
      topic text not null,
      epoch bigint not null,
      partition int not null,
      begun_at timestamptz not null default clock_timestamp(),
      told_at timestamptz,
      primary key (topic, epoch, partition)
    )`,
    `grant select, insert, update, delete on retelling to ${infrastructure}`,
    // A writer whose database was set back tells happenings again under new numbers: their ids are what is left to know them by (road 2.0 e).
    `create table happening (
      organization text not null,
      topic text not null,
      message_id uuid not null,
      primary key (organization, topic, message_id)
    )`,
    ...protectTable(service, 'happening', 'select, insert'),
    ...openToInfrastructure(service, 'happening', 'select, delete'),
  ];
}

/** The relay's book: windows, numbers, and who leads. In the service's database for Kafka, in the bus's for the in-process bus. */
function relayTables(role: string): string[] {
  return [
    `create table relay_window (
      service text primary key,
      token bigint not null,
      epoch bigint not null,
      window_number bigint not null,
      closed pg_snapshot,
      open pg_snapshot,
      last_id bigint,
      last_message uuid,
      last_at timestamptz
    )`,
    `create table relay_partition (
      service text not null,
      topic text not null,
      partition int not null,
      number bigint not null,
      window_number bigint not null,
      last_id bigint not null,
      lag_closed pg_snapshot,
      lag_open pg_snapshot,
      log_end bigint,
      primary key (service, topic, partition)
    )`,
    `grant select, insert, update on relay_window, relay_partition to ${role}`,
  ];
}

/** The database `bus` of the in-process bus: a table-shaped Kafka (architecture rule 4). */
export function busTables(): string[] {
  const role = rolesOf('bus').infrastructure;
  return [
    `create table incarnation (id uuid primary key)`,
    `insert into incarnation values (gen_random_uuid())`,
    `create table message (
      topic text not null,
      partition int not null,
      "offset" bigint not null,
      key text not null,
      headers text not null,
      body bytea,
      appended_at timestamptz not null default clock_timestamp(),
      primary key (topic, partition, "offset")
    ) ${WHOLE_ROWS}`,
    `create index message_age on message using brin (appended_at)`,
    `create table log_start (
      topic text not null,
      partition int not null,
      first_offset bigint not null,
      primary key (topic, partition)
    )`,
    `grant select, insert, delete on message to ${role}`,
    `grant select, insert, update on log_start to ${role}`,
    `grant select on incarnation to ${role}`,
    ...relayTables(role),
  ];
}
