/** Links from Stripe back to us (requirement G30). */
export class EntityLinks {
  private readonly origin: string;

  constructor({ PUBLIC_URL, SELF_URL }: { readonly PUBLIC_URL?: string | undefined; readonly SELF_URL?: string | undefined }) {
    this.origin = PUBLIC_URL ?? SELF_URL ?? 'http://localhost';
  }

  plan(planId: string): string {
    return new URL(`/v1/plans/${planId}`, this.origin).href;
  }

  planVersion(planVersionId: string): string {
    return new URL(`/v1/plan_versions/${planVersionId}`, this.origin).href;
  }
}
