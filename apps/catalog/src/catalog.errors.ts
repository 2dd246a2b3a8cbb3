import { DomainError } from '@turnpike/service';

const short = (text: string) => text.slice(0, 64);

/** Nobody has this id, or another organization or environment does: the same words for both, here and below. */
export class ProductNotFound extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'product_not_found';
  constructor(productId: string) {
    super(`Product ${short(productId)} is not known here. Ids begin with pr_; GET /v1/products lists them.`);
  }
}

export class PlanNotFound extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'plan_not_found';
  constructor(planId: string) {
    super(`Plan ${short(planId)} is not known here. Ids begin with pl_; GET /v1/plans lists them.`);
  }
}

export class PlanVersionNotFound extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'plan_version_not_found';
  constructor(planVersionId: string) {
    super(`Plan version ${short(planVersionId)} is not known here. Ids begin with pv_; GET /v1/plan_versions lists them.`);
  }
}

export class KeyTaken extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'key_taken';
  override readonly facts: Readonly<Record<string, string>>;
  constructor(what: 'Product' | 'Plan', key: string, id: string) {
    super(`${what} ${id} has the key ${key} already.`);
    this.facts = { id };
  }
}

/** A version that is not a draft and not the current one is not published any more: who wants it back makes a new one like it. */
export class PlanVersionPast extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'plan_version_past';
  constructor(planVersionId: string) {
    super(`Plan version ${planVersionId} was replaced or archived. Make a new version: POST /v1/plans/:id/versions.`);
  }
}
