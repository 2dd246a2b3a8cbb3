import type { World } from './world.js';

/** One route of a service, from its own document. */
export interface Route {
  readonly method: string;
  /** `/v1/customers/{id}` */
  readonly path: string;
  /** The names in its path: `id`. */
  readonly parameters: readonly string[];
  readonly operation: string;
  readonly hasBody: boolean;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { operationId?: string; requestBody?: object }>>>>;
}

/** Every route of every service, as the page of documents lists them. */
export async function routesOf(world: World): Promise<Route[]> {
  const page = String((await world.ask('GET', '/docs', '')).body);
  const documents = [...page.matchAll(/href="(\/docs\/[\w-]+\/openapi\.json)"/g)].map(([, path]) => path ?? '');
  const routes: Route[] = [];
  for (const document of documents) {
    const { paths } = (await world.ask('GET', document, '')).body as Document;
    for (const [path, methods] of Object.entries(paths))
      for (const [method, { operationId, requestBody }] of Object.entries(methods))
        routes.push({
          method: method.toUpperCase(),
          path,
          parameters: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ''),
          operation: operationId ?? `${method} ${path}`,
          hasBody: requestBody !== undefined,
        });
  }
  return routes;
}
