import { Migration } from '@mikro-orm/migrations';
import { roadTables } from '@turnpike/messaging';
import { protectTable, rolesOf } from '@turnpike/service';

export class Migration20261121090000_keep_stripe_events extends Migration {
  override up(): void {
    const statements = [...roadTables('gateway'), ...stripeEventTables(), ...announceRunTable(), keepFunction(), ...rightsOfKeepFunction()];
    for (const statement of statements) this.addSql(statement);
  }
}

/** Bodies up to 8 KB stay in their rows: moved out of the table, a body of 3 KB costs three rows and two entries of an index more. */
const WHOLE_ROWS = 'with (toast_tuple_target = 8160)';

function stripeEventTables(): string[] {
  return [
    `create table stripe_event (
      organization text not null,
      environment text not null,
      connection_id text not null,
      created_month date not null,
      event_id text not null,
      created_at timestamptz not null,
      type text not null,
      object_type text not null,
      object_id text,
      livemode boolean not null,
      api_version text,
      account text,
      outcome text not null check (outcome in ('announced', 'other_mode')),
      received_at timestamptz not null,
      revision int not null default 1,
      primary key (organization, environment, connection_id, created_month, event_id)
    ) partition by range (created_month)`,
    `create table stripe_event_other_months partition of stripe_event default`,
    ...protectTable('gateway', 'stripe_event', 'select, insert'),

    `create table stripe_event_body (
      organization text not null,
      environment text not null,
      connection_id text not null,
      received_on date not null,
      event_id text not null,
      received_at timestamptz not null,
      key_id text not null,
      body bytea not null,
      revision int not null default 1,
      primary key (organization, environment, connection_id, received_on, event_id)
    ) partition by range (received_on)`,
    // Encrypted bytes do not compress: trying costs as much as writing them.
    `alter table stripe_event_body alter column body set storage external`,
    `create table stripe_event_body_other_days partition of stripe_event_body default ${WHOLE_ROWS}`,
    ...protectTable('gateway', 'stripe_event_body', 'select, insert'),
  ];
}

function announceRunTable(): string[] {
  return [
    `create table announce_run (
      organization text not null,
      environment text not null,
      run_id uuid not null,
      until timestamptz not null,
      after_connection_id text not null,
      after_received_on date not null,
      after_event_id text not null,
      announced int not null,
      finished_at timestamptz,
      revision int not null default 1,
      primary key (organization, environment)
    )`,
    ...protectTable('gateway', 'announce_run', 'select, insert, update'),
  ];
}

/**
 * Makes the partitions of the next days and months and drops those whose time is over: 90 days for events, 30 for bodies. The service
 * owns nothing, so it can neither keep them longer nor drop them sooner; that is why nothing here is a parameter.
 *
 * A long reader must not queue the writers behind a lock (road 1.6): 200 ms, else next time. Rows of an event whose month has no
 * partition (Stripe's test clocks run ahead, and old events may be sent again) lie in the default one, and go by their age there.
 */
function keepFunction(): string {
  return `create function turnpike_keep_stripe_events() returns int language plpgsql security definer
    set search_path = public, pg_temp set timezone = 'UTC' set lock_timeout = '200ms' as $$
  declare
    start date; part record; dropped int := 0;
  begin
    if not pg_try_advisory_xact_lock(hashtextextended('turnpike_keep_stripe_events', 0)) then return 0; end if;

    for start in select generate_series(date_trunc('month', current_date) - interval '1 month', date_trunc('month', current_date) + interval '2 months', '1 month')::date loop
      if to_regclass(format('stripe_event_%s', to_char(start, 'YYYYMM'))) is null then
        begin
          execute format('create table %I partition of stripe_event for values from (%L) to (%L)', 'stripe_event_' || to_char(start, 'YYYYMM'), start, (start + interval '1 month')::date);
        exception when check_violation or lock_not_available then null; -- its rows already lie in the default partition, or a long reader is on the table
        end;
      end if;
    end loop;
    for start in select generate_series(current_date, current_date + 2, '1 day')::date loop
      if to_regclass(format('stripe_event_body_%s', to_char(start, 'YYYYMMDD'))) is null then
        begin
          execute format('create table %I partition of stripe_event_body for values from (%L) to (%L) ${WHOLE_ROWS}', 'stripe_event_body_' || to_char(start, 'YYYYMMDD'), start, start + 1);
        exception when check_violation or lock_not_available then null;
        end;
      end if;
    end loop;

    -- The locks are held until the end, so few at a time.
    for part in
      select c.oid::regclass as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where (i.inhparent = 'stripe_event'::regclass and c.relname ~ '^stripe_event_[0-9]{6}$' and to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month' <= current_date - 90)
          or (i.inhparent = 'stripe_event_body'::regclass and c.relname ~ '^stripe_event_body_[0-9]{8}$' and to_date(right(c.relname, 8), 'YYYYMMDD') < current_date - 30)
       order by c.relname limit 4
    loop
      begin
        execute format('drop table %s', part.name);
        dropped := dropped + 1;
      exception when lock_not_available then null;
      end;
    end loop;

    begin
      delete from stripe_event_other_months where received_at < current_date - 90;
      delete from stripe_event_body_other_days where received_on < current_date - 30;
    exception when lock_not_available then null;
    end;
    return dropped;
  end $$`;
}

function rightsOfKeepFunction(): string[] {
  return [
    `revoke all on function turnpike_keep_stripe_events() from public`,
    `grant execute on function turnpike_keep_stripe_events() to ${rolesOf('gateway').service}`,
  ];
}
