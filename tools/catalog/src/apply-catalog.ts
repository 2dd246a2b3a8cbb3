import { CatalogApplyResponse, Problem } from '@turnpike/contracts-http';

export interface Where {
  readonly url: string;
  /** Of one environment: whose catalog it is. */
  readonly apiKey: string;
}

/** Turnpike read the file and said no: a sentence, and a line for each place that is wrong. */
export class CatalogRefused extends Error {}

/** Sends a declared catalog. @param text of the file, as it is @throws CatalogRefused, or Error with what to do */
export async function applyCatalog({ url, apiKey }: Where, text: string, isDryRun: boolean): Promise<CatalogApplyResponse> {
  const address = new URL(`/v1/catalog?dry_run=${isDryRun}`, url);
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const response = await fetch(address, { method: 'PUT', headers, body: text }).catch((error: unknown) => {
    throw new Error(
      `${address.origin} cannot be reached: ${error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)}.`,
    );
  });
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return CatalogApplyResponse.parse(answer);
  const problem = Problem.safeParse(answer);
  if (!problem.success) throw new Error(`${address.origin} answered ${response.status}, and not as Turnpike does.`);
  if (response.status === 401) throw new Error('TURNPIKE_API_KEY is no API key of that installation.');
  const { detail, title, errors } = problem.data;
  const places = (errors ?? []).map(({ pointer, message }) => `  ${pointer || '/'}  ${message}`);
  throw new CatalogRefused(
    places.length > 0 ? ['The catalog was refused, and nothing was changed:', ...places].join('\n') : (detail ?? title),
  );
}

/** What was done, or would be, a line for each product and plan. */
export function toLines({ isDryRun, isChanged, products }: CatalogApplyResponse): string[] {
  const lines = products.flatMap(({ key, change, differences, plans }) => [
    line(key, change, change === 'changed' ? differences.join(', ') : ''),
    ...plans.map((plan) => {
      const what = plan.change === 'changed' ? `: ${plan.differences.join(', ')}` : '';
      return line(`  ${plan.key}`, plan.change, `version ${plan.versionNumber}${what}`);
    }),
  ]);
  return [...lines, isChanged ? (isDryRun ? 'This was a dry run: nothing was changed.' : 'Done.') : 'Everything is so already.'];
}

function line(key: string, change: string, more: string): string {
  return `${key.padEnd(24)}  ${change.padEnd(9)}  ${more}`.trimEnd();
}
