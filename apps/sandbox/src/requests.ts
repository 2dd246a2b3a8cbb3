import { setTimeout as sleep } from 'node:timers/promises';
import type { Accounts } from './accounts.js';
import { brokenInside, errorBody, type HttpAnswer, lockTimeout, rateLimited, unknownVersion, written } from './answers.js';
import { type Expander, readExpand } from './expand.js';
import type { Fault, Faults } from './faults.js';
import { type RawHash, readForm } from './form.js';
import { checkKey, fingerprintOf, inUse, isForgotten, usedOtherwise } from './idempotency.js';
import { type Access, checkPermission, type Keys } from './keys.js';
import { pageOf, readPage } from './lists.js';
import type { OpenAccount } from './open-account.js';
import { renderedAt } from './render/rendering.js';
import { isVersion } from './render/versions.js';
import { accountInvalid } from './resources/account.js';
import type { Cause } from './resources/event.js';
import type { Answer, Listing, Route } from './route.js';
import type { Store } from './store.js';
import { StripeError } from './stripe-error.js';

export interface ApiRequest {
  readonly id: string;
  readonly route: Route;
  readonly pathParameters: Readonly<Record<string, string>>;
  /** Without the query. */
  readonly path: string;
  /** The query of a GET or DELETE, the form of a POST. */
  readonly form: string;
  readonly key: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly version: string | undefined;
  readonly stripeAccount: string | undefined;
}

/** A request that passed the doors: whose it is and in which version it is answered. */
interface Admitted {
  readonly request: ApiRequest;
  readonly access: Access;
  readonly account: OpenAccount;
  readonly version: string;
  /** Of a POST only (D1). */
  readonly idempotencyKey: string | undefined;
}

export class Requests {
  /** `account key` of requests that were not answered yet (D6). */
  private readonly underway = new Set<string>();

  constructor(
    private readonly store: Store,
    private readonly keys: Keys,
    private readonly accounts: Accounts,
    private readonly faults: Faults,
    private readonly expander: Expander,
    /** Seconds since 1970. */
    private readonly now: () => number,
    /** Told of faults of the sandbox itself: the caller gets a 500. */
    private readonly failed: (error: unknown) => void,
  ) {}

  /** The answer; null: none is to come, the connection is to be cut. */
  async answer(request: ApiRequest): Promise<HttpAnswer | null> {
    let access: Access | undefined;
    try {
      access = this.keys.accessOf(request.key, request.route.publishable);
      const admitted = this.admit(request, access);
      const fault = this.faults.next(access.account, request.route.method, request.path);
      return await this.once(admitted, fault);
    } catch (error) {
      return this.refusal(request, error, access?.account);
    }
  }

  private admit(request: ApiRequest, access: Access): Admitted {
    const { stripeAccount, route, idempotencyKey } = request;
    if (stripeAccount !== undefined && stripeAccount !== access.account) throw accountInvalid(access.maskedKey, stripeAccount);
    if (request.version !== undefined && !isVersion(request.version)) throw unknownVersion(request.version);
    checkPermission(access, route.permission, route.method);
    const account = this.accounts.get(access.account);
    const keyed = route.method === 'POST' ? idempotencyKey : undefined;
    if (keyed !== undefined) checkKey(keyed);
    return { request, access, account, version: request.version ?? account.state.settings.apiVersion, idempotencyKey: keyed };
  }

  /** Answers a key's request once; a second one waits for nothing (D6) or gets the first one's answer (D3). */
  private async once(admitted: Admitted, fault: Fault | undefined): Promise<HttpAnswer | null> {
    const { idempotencyKey: key, account } = admitted;
    if (key === undefined) return this.withFault(admitted, fault);
    const mark = `${account.id} ${key}`;
    if (this.underway.has(mark)) throw inUse(key);
    this.underway.add(mark);
    try {
      return await this.withFault(admitted, fault);
    } finally {
      this.underway.delete(mark);
    }
  }

  private async withFault(admitted: Admitted, fault: Fault | undefined): Promise<HttpAnswer | null> {
    if (fault === undefined) return this.execute(admitted);
    if (fault.delayMs > 0) await sleep(fault.delayMs, undefined, { ref: false });
    switch (fault.kind) {
      case '429':
        throw rateLimited();
      case 'lock-timeout':
        throw lockTimeout();
      case '500':
        throw brokenInside();
      case '503':
        throw brokenInside(503);
      case 'timeout':
      case 'reset-before':
        return null;
      case 'reset-after-commit':
        this.execute(admitted);
        return null;
      case 'delay':
        return this.execute(admitted);
      default:
        return fault.kind satisfies never;
    }
  }

  private execute(admitted: Admitted): HttpAnswer {
    const { request, account, version, idempotencyKey: key } = admitted;
    const fingerprint = fingerprintOf(request.route.method, request.path, request.form);
    const first = key === undefined ? undefined : this.store.answer(account.id, key);
    if (first !== undefined && key !== undefined && !isForgotten(first, this.now())) {
      if (first.fingerprint !== fingerprint) throw usedOtherwise(key);
      const headers = { ...this.headersOf(admitted, first.requestId), 'idempotent-replayed': 'true' };
      return { status: first.status, headers, body: first.body };
    }
    // Kept in the transaction of the change itself: a kill between the two could make it happen twice.
    const keep = (status: number, body: string) => () => {
      if (key === undefined) return;
      this.store.keepAnswer(account.id, key, { fingerprint, requestId: request.id, status, body, at: this.now() });
    };
    const cause: Cause = { requestId: request.id, idempotencyKey: key ?? null };
    try {
      const { answer, show } = this.run(admitted);
      const whole = account.withReactions(answer);
      account.refuseWritesDuringAdvance(whole.state);
      const body = written(renderedAt(show(whole.state), version, whole.state));
      if (request.route.method !== 'GET') account.commit(whole, cause, keep(200, body));
      return { status: 200, headers: this.headersOf(admitted, request.id), body };
    } catch (error) {
      if (!StripeError.is(error)) throw error;
      const { status, kept, remembered = status === 402 } = error.fields;
      const body = written(errorBody(error, request.id, account.id));
      if (kept) {
        const whole = account.withReactions(kept);
        account.refuseWritesDuringAdvance(whole.state);
        account.commit(whole, cause, keep(status, body));
      } else if (remembered) this.store.transaction(keep(status, body));
      throw error;
    }
  }

  /** Runs the route; `show` makes the body once the change is whole, expanded as asked. */
  private run({ request, access, account }: Admitted): { answer: Answer; show: (state: OpenAccount['state']) => unknown } {
    const { route } = request;
    const { expand, rest } = readExpand(readForm(request.form));
    const { page, rest: raw } = route.lists ? readPage(rest) : { page: undefined, rest };
    const answer = route.run(account.state, this.routeRequest(request, access, raw));
    const { body } = answer;
    return {
      answer,
      show: (state) => {
        if (!isListing(body)) return this.expander.expanded(this.expander.bare(body), expand, state);
        if (page === undefined) throw new Error(`${route.path} answers a list and is not marked as one`);
        const cut = pageOf(body.listing, page);
        return this.expander.expanded({ ...cut, data: cut.data.map(this.expander.bare) }, expand, state);
      },
    };
  }

  private routeRequest({ pathParameters: path }: ApiRequest, { maskedKey, isPublishable }: Access, raw: RawHash) {
    return { path, raw, maskedKey, isPublishable, now: this.now() };
  }

  private headersOf({ request, version, idempotencyKey: key }: Admitted, originalRequest: string): Record<string, string> {
    const keyed: Record<string, string> =
      key === undefined ? {} : { 'idempotency-key': key, 'original-request': originalRequest, 'stripe-should-retry': 'false' };
    return { 'content-type': 'application/json', 'request-id': request.id, 'stripe-version': version, ...keyed };
  }

  private refusal(request: ApiRequest, thrown: unknown, account: string | undefined): HttpAnswer {
    const error = StripeError.is(thrown) ? thrown : brokenInside();
    if (!StripeError.is(thrown)) this.failed(thrown);
    const { status, headers } = error.fields;
    const key = request.route.method === 'POST' && account !== undefined ? request.idempotencyKey : undefined;
    return {
      status,
      headers: {
        'content-type': 'application/json',
        // H8: of all answers, only the 401 about the key has no request id.
        ...(account === undefined ? {} : { 'request-id': request.id, 'stripe-version': request.version ?? this.versionOf(account) }),
        ...(key === undefined ? {} : { 'idempotency-key': key, 'original-request': request.id }),
        ...(key !== undefined && status === 402 ? { 'stripe-should-retry': 'false' } : {}),
        ...headers,
      },
      body: written(errorBody(error, request.id, account)),
    };
  }

  private versionOf(account: string): string {
    return this.accounts.get(account).state.settings.apiVersion;
  }
}

/** Objects have ids; a listing has none. */
const isListing = (body: Answer['body']): body is { readonly listing: Listing } => !('id' in body);
