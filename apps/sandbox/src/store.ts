import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { KeptAnswer } from './idempotency.js';
import type { Difference, Settings, StripeObject } from './state.js';

export interface KeyRow {
  readonly account: string;
  /** null: every permission. */
  readonly permissions: Readonly<Record<string, 'none' | 'read' | 'write'>> | null;
  readonly revoked: boolean;
}

const TABLES = `
  create table if not exists account (id text primary key, part text unique not null, settings text not null, opened_at integer not null);
  create table if not exists api_key (hash text primary key, account text not null, permissions text, revoked integer not null default 0);
  create table if not exists object (
    place integer primary key, account text not null, kind text not null, id text not null, body text not null, unique (account, kind, id));
  create table if not exists deleted (account text not null, kind text not null, id text not null, primary key (account, kind, id));
  create table if not exists answer (
    account text not null, key text not null, fingerprint text not null, request text not null, status integer not null,
    body text not null, at integer not null, primary key (account, key));
`;

/**
 * Everything that outlives the process, in one SQLite file. A commit in WAL mode with synchronous=NORMAL is in the file system's hands when
 * it returns: a killed process loses nothing that was answered. (A machine that loses power may lose the last moments.)
 */
export class Store {
  private readonly statements = new Map<string, StatementSync>();

  private constructor(private readonly database: DatabaseSync) {}

  static open(folder: string): Store {
    mkdirSync(folder, { recursive: true });
    const database = new DatabaseSync(join(folder, 'sandbox.sqlite'));
    database.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 5000;');
    database.exec(TABLES);
    return new Store(database);
  }

  close(): void {
    this.database.close();
  }

  transaction<T>(work: () => T): T {
    this.database.exec('begin immediate');
    try {
      const result = work();
      this.database.exec('commit');
      return result;
    } catch (error) {
      this.database.exec('rollback');
      throw error;
    }
  }

  accounts(): string[] {
    return this.query('select id from account order by opened_at, id')
      .all()
      .map((row) => text(row.id));
  }

  accountOfPart(part: string): string | undefined {
    return optionalText(this.query('select id from account where part = ?').get(part)?.id);
  }

  openAccount(id: string, part: string, settings: Settings, now: number): void {
    this.query('insert into account (id, part, settings, opened_at) values (?, ?, ?, ?)').run(id, part, JSON.stringify(settings), now);
  }

  settings(account: string): Settings | undefined {
    const found = this.query('select settings from account where id = ?').get(account)?.settings;
    return found === undefined ? undefined : JSON.parse(text(found));
  }

  objects(account: string): StripeObject[] {
    const rows = this.query('select body from object where account = ? order by place').all(account);
    return rows.map((row) => JSON.parse(text(row.body)));
  }

  deleted(account: string): Array<{ kind: string; id: string }> {
    const rows = this.query('select kind, id from deleted where account = ?').all(account);
    return rows.map((row) => ({ kind: text(row.kind), id: text(row.id) }));
  }

  save(account: string, { kept, dropped, settings }: Difference): void {
    const keep = this.query(
      'insert into object (account, kind, id, body) values (?, ?, ?, ?) on conflict (account, kind, id) do update set body = excluded.body',
    );
    for (const object of kept) keep.run(account, object.object, object.id, JSON.stringify(object));
    for (const { kind, id } of dropped) {
      this.query('delete from object where account = ? and kind = ? and id = ?').run(account, kind, id);
      this.query('insert or ignore into deleted (account, kind, id) values (?, ?, ?)').run(account, kind, id);
    }
    if (settings) this.query('update account set settings = ? where id = ?').run(JSON.stringify(settings), account);
  }

  key(hash: string): KeyRow | undefined {
    const row = this.query('select account, permissions, revoked from api_key where hash = ?').get(hash);
    if (row === undefined) return undefined;
    const permissions = optionalText(row.permissions);
    return {
      account: text(row.account),
      permissions: permissions === undefined ? null : JSON.parse(permissions),
      revoked: row.revoked === 1,
    };
  }

  keepKey(hash: string, { account, permissions, revoked }: KeyRow): void {
    this.query('insert or replace into api_key (hash, account, permissions, revoked) values (?, ?, ?, ?)').run(
      hash,
      account,
      permissions === null ? null : JSON.stringify(permissions),
      revoked ? 1 : 0,
    );
  }

  answer(account: string, key: string): KeptAnswer | undefined {
    const row = this.query('select fingerprint, request, status, body, at from answer where account = ? and key = ?').get(account, key);
    if (row === undefined) return undefined;
    const { fingerprint, request, status, body, at } = row;
    return { fingerprint: text(fingerprint), requestId: text(request), status: Number(status), body: text(body), at: Number(at) };
  }

  keepAnswer(account: string, key: string, answer: KeptAnswer): void {
    const { fingerprint, requestId, status, body, at } = answer;
    this.query('insert or replace into answer (account, key, fingerprint, request, status, body, at) values (?, ?, ?, ?, ?, ?, ?)').run(
      account,
      key,
      fingerprint,
      requestId,
      status,
      body,
      at,
    );
  }

  forgetAnswersBefore(at: number): void {
    this.query('delete from answer where at <= ?').run(at);
  }

  private query(sql: string): StatementSync {
    const known = this.statements.get(sql);
    if (known) return known;
    const prepared = this.database.prepare(sql);
    this.statements.set(sql, prepared);
    return prepared;
  }
}

const text = (value: unknown): string => String(value);
const optionalText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
