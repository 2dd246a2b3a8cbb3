import { Expander } from './expand.js';
import { OpenAccount } from './open-account.js';
import { API_VERSION } from './render/versions.js';
import { openedAccount } from './resources/account.js';
import { BY_ITSELF } from './resources/event.js';
import type { Resource } from './route.js';
import { type Difference, type IdSource, type Settings, State } from './state.js';
import type { Store } from './store.js';

const DEFAULT_SETTINGS: Settings = {
  businessName: 'Sandbox',
  country: 'US',
  defaultCurrency: 'usd',
  apiVersion: API_VERSION,
  retryAfterDays: [3, 5, 7],
  afterLastRetry: 'cancel',
};

/** All accounts, read from the store when they are first needed. */
export class Accounts {
  private readonly open = new Map<string, OpenAccount>();

  constructor(
    private readonly store: Store,
    private readonly resources: readonly Resource[],
    private readonly expander: Expander,
    private readonly ids: IdSource,
    /** Seconds since 1970. */
    private readonly now: () => number,
    private readonly saved: (account: OpenAccount, difference: Difference) => void,
  ) {}

  all(): OpenAccount[] {
    return this.store.accounts().map((id) => this.get(id));
  }

  get(id: string): OpenAccount {
    const known = this.open.get(id);
    if (known) return known;
    // Settings added since an account was opened have their defaults.
    const settings = { ...DEFAULT_SETTINGS, ...this.store.settings(id) };
    const state = State.from({ account: id, settings, objects: this.store.objects(id), deleted: this.store.deleted(id) }, this.ids);
    const account = new OpenAccount(id, state, this.store, this.resources, this.expander, this.saved);
    this.open.set(id, account);
    return account;
  }

  /** An empty account for a key that nobody used before. */
  create(partHash: string): string {
    const id = `acct_${this.ids(16)}`;
    this.store.openAccount(id, partHash, DEFAULT_SETTINGS, this.now());
    const account = this.get(id);
    account.commit({ state: account.state.with(openedAccount(id, this.now())), events: [] }, BY_ITSELF);
    return id;
  }
}
