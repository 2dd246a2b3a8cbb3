import { DomainError } from './errors.js';

/** A statement ran for no organization, or for another one than the transaction's. Always a bug of ours, never shown as data. */
export class RowLevelSecurityMissing extends DomainError {
  readonly kind = 'forbidden';
  readonly code = 'organization_not_set';
}

/**
 * The function every policy calls. It raises (SQLSTATE 28000) instead of answering "no rows" when no organization is set: a sync that
 * reads an empty set and acts on it is worse than an error (architecture rule 9, road 9.3). `SET LOCAL` leaves '' behind, not null.
 */
export const ORGANIZATION_FUNCTION = `
create or replace function turnpike_organization() returns text language plpgsql stable parallel safe as $$
declare organization text := current_setting('turnpike.organization', true);
begin
  if organization is null or organization = '' then
    raise exception 'No organization is set in this transaction.' using errcode = '28000', hint = 'Open it with Database.transaction(organization).';
  end if;
  return organization;
end $$;`;

/** In a sub-select, so that it is evaluated once per statement and the index on (organization, …) is used (road 9.3). */
export const OWN_ROWS = 'organization = (select turnpike_organization())';

/** For `defineEntity({ …, ...ownRowsOnly })`: the same protection that `protectTable` writes into a migration. */
export const ownRowsOnly = {
  rowLevelSecurity: 'force' as const,
  policies: [{ name: 'own_rows', using: OWN_ROWS, check: OWN_ROWS }],
};

/** The same for an entity whose table `openToInfrastructure` lists. */
export function ownRowsAndInfrastructure(service: string) {
  const { infrastructure } = rolesOf(service);
  return {
    ...ownRowsOnly,
    policies: [...ownRowsOnly.policies, { name: 'infrastructure', roles: [infrastructure], using: 'true', check: 'true' }],
  };
}

/** The login role that a service runs as, and the one that its relay and its look-ups run as. Neither owns anything. */
export function rolesOf(service: string): { service: string; infrastructure: string } {
  return { service: `turnpike_${service}`, infrastructure: `turnpike_${service}_infra` };
}

/** Statements of a migration that make a table of an organization's rows safe: forced row-level security, and rights for the service role. */
export function protectTable(service: string, table: string, rights = 'select, insert, update, delete'): string[] {
  return [
    `alter table "${table}" enable row level security`,
    `alter table "${table}" force row level security`,
    `create policy own_rows on "${table}" using (${OWN_ROWS}) with check (${OWN_ROWS})`,
    `grant ${rights} on "${table}" to ${rolesOf(service).service}`,
  ];
}

/** Lets the infrastructure role see a listed infrastructure table across organizations. Business tables are never listed. */
export function openToInfrastructure(service: string, table: string, rights = 'select'): string[] {
  const { infrastructure } = rolesOf(service);
  return [
    `create policy infrastructure on "${table}" to ${infrastructure} using (true) with check (true)`,
    `grant ${rights} on "${table}" to ${infrastructure}`,
  ];
}
