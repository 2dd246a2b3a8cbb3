import { openToInfrastructure, protectTable } from '@turnpike/service';
import { fillTables } from './fills/fill-tables.js';

/** A migration's statements for the tables that `Mirror` keeps: what is known of Stripe's objects, which of them are to be looked up, and walks through Stripe's lists. */
export function mirrorTables(service: string): string[] {
  return [
    `create table mirrored_object (
      organization text not null,
      environment text not null check (environment in ('sandbox', 'test', 'live')),
      connection_id text not null,
      object_type text not null,
      stripe_id text not null,
      known jsonb not null,
      deleted_at timestamptz,
      met_at timestamptz not null,
      walked_in text,
      revision int not null default 1,
      primary key (organization, environment, connection_id, object_type, stripe_id)
    )`,
    ...protectTable(service, 'mirrored_object', 'select, insert, update'),
    ...fetchDueTable(service),
    ...fillTables(service),
  ];
}

/**
 * The queue of objects in doubt: a row while one is dirty, as long as that list. One loop serves all organizations, so it is a listed
 * infrastructure table and holds ids, times and counters only.
 */
export function fetchDueTable(service: string): string[] {
  return [
    `create table fetch_due (
      organization text not null,
      environment text not null check (environment in ('sandbox', 'test', 'live')),
      connection_id text not null,
      object_type text not null,
      stripe_id text not null,
      due_at timestamptz not null,
      counter int not null,
      lease uuid,
      held_until timestamptz not null default '-infinity',
      tries int not null default 0,
      doubted_at timestamptz not null default clock_timestamp(),
      traceparent text,
      primary key (organization, environment, connection_id, object_type, stripe_id)
    )`,
    `create index fetch_due_at on fetch_due (organization, environment, connection_id, due_at)`,
    ...protectTable(service, 'fetch_due'),
    ...openToInfrastructure(service, 'fetch_due', 'select, update'),
    // Beside the objects that are to be looked up, those that could not be: ids again, so that somebody sees over all organizations how many.
    `create table unverified_object (
      organization text not null,
      environment text not null check (environment in ('sandbox', 'test', 'live')),
      connection_id text not null,
      object_type text not null,
      stripe_id text not null,
      unverified_at timestamptz not null default clock_timestamp(),
      primary key (organization, environment, connection_id, object_type, stripe_id)
    )`,
    ...protectTable(service, 'unverified_object', 'select, insert, delete'),
    ...openToInfrastructure(service, 'unverified_object'),
  ];
}
