import { protectTable } from '@turnpike/service';

/** A migration's statements for the table that `Intents` keeps. It needs `jobTables` beside it. */
export function intentTables(service: string): string[] {
  return [
    `create table stripe_intent (
      organization text not null,
      environment text not null check (environment in ('sandbox', 'test', 'live')),
      id text not null,
      connection_id text not null,
      cause text not null,
      subject text not null,
      lock_keys jsonb not null,
      attempt int not null,
      method text not null check (method in ('POST')),
      path text not null,
      params jsonb not null,
      look_for jsonb,
      idempotency_key text not null,
      status text not null check (status in ('stored', 'sent', 'done', 'refused')),
      first_sent_at timestamptz,
      tries int not null,
      stripe_id text,
      request_id text,
      error jsonb,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      settled_at timestamptz,
      revision int not null default 1,
      primary key (organization, environment, id)
    )`,
    `alter table stripe_intent add constraint stripe_intent_cause unique (organization, environment, connection_id, cause)`,
    `create index stripe_intent_by_key on stripe_intent (organization, environment, connection_id, idempotency_key)`,
    ...protectTable(service, 'stripe_intent', 'select, insert, update'),
  ];
}
