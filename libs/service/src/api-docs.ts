import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import type { PlainRoute } from './service.js';

type SchemaObject = Extract<NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string], { properties?: unknown }>;

/** OpenAPI 3.1 made from the contracts, as a page and as JSON, under /docs/<service>. */
export function addApiDocs(
  app: NestFastifyApplication,
  service: { name: string; title: string; plainRoutes?: readonly PlainRoute[] },
): void {
  const settings = new DocumentBuilder()
    .setTitle(service.title)
    .setOpenAPIVersion('3.1.0')
    .setVersion('v1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key of one environment' })
    .build();
  const document = () =>
    withIdempotencyKeys(
      withPlainRoutes(SwaggerModule.createDocument(app, settings, { standardSchemaConverter: queryByItsParts }), service.plainRoutes ?? []),
    );
  SwaggerModule.setup(`docs/${service.name}`, app, document, {
    jsonDocumentUrl: `docs/${service.name}/openapi.json`,
    customSiteTitle: service.title,
  });
  app
    .getHttpAdapter()
    .getInstance()
    .get('/docs', (_, reply) => reply.redirect(`/docs/${service.name}`));
}

/** The contracts that are queries, as they are called. */
const QUERY = /(ListRequest|ModeRequest|^EntitlementsRequest)$/;

/** OpenAPI wants each parameter of a query by its name; as a schema with a name of its own the query would be one nameless parameter. */
function queryByItsParts(schema: unknown, { schemaType }: { schemaType: 'input' | 'output' }) {
  const id = schemaType === 'input' && schema instanceof z.ZodType ? schema.meta()?.id : undefined;
  if (id === undefined || !QUERY.test(id) || !(schema instanceof z.ZodType)) return undefined;
  const { $defs } = z.toJSONSchema(schema, { io: 'input' });
  return { schema: { ...$defs?.[id] } };
}

/** What every POST under /v1 needs, and no controller has to say. */
function withIdempotencyKeys(document: OpenAPIObject): OpenAPIObject {
  for (const [path, { post }] of Object.entries(document.paths)) {
    if (!path.startsWith('/v1/') || !post) continue;
    post.parameters = [
      ...(post.parameters ?? []),
      {
        name: 'Idempotency-Key',
        in: 'header',
        required: true,
        description: 'Names this one request: a repeat with the same key gets the first answer and changes nothing. Kept for 24 hours.',
        schema: { type: 'string', minLength: 1, maxLength: 255 },
      },
    ];
  }
  return document;
}

/** A contract as OpenAPI has it: what has a name stands among the components, and is referred to. */
function describedBy(contract: z.ZodType, io: 'input' | 'output'): { schema: SchemaObject; named: Record<string, SchemaObject> } {
  const { $schema: _, id: __, $defs = {}, ...schema } = z.toJSONSchema(contract, { io });
  const referred = (part: object): SchemaObject => JSON.parse(JSON.stringify(part).replaceAll('"#/$defs/', '"#/components/schemas/'));
  return {
    schema: referred(schema),
    named: Object.fromEntries(Object.entries($defs).map(([name, { id: ___, ...one }]) => [name, referred(one)])),
  };
}

function partsOf(query: z.ZodType): Array<{ name: string; in: 'query'; required: boolean; schema: object }> {
  const { schema, named } = describedBy(query, 'input');
  const { properties = {}, required = [] } = Object.values(named)[0] ?? schema;
  return Object.entries(properties).map(([name, one]) => ({ name, in: 'query', required: required.includes(name), schema: one }));
}

function withPlainRoutes(document: OpenAPIObject, routes: readonly PlainRoute[]): OpenAPIObject {
  const paths = { ...document.paths };
  const schemas = { ...document.components?.schemas };
  for (const { method, path, operationId, summary, parameters, query, answer } of routes) {
    const { schema, named } = describedBy(answer, 'output');
    Object.assign(schemas, named);
    paths[path] = {
      ...paths[path],
      [method]: {
        operationId,
        summary,
        parameters: [
          ...parameters.map((parameter) => ({ ...parameter, required: true, schema: { type: 'string' } })),
          ...(query ? partsOf(query) : []),
        ],
        responses: {
          200: { description: 'OK', content: { 'application/json': { schema } } },
          '4XX': { description: 'application/problem+json (RFC 9457)' },
        },
      },
    };
  }
  return { ...document, paths, components: { ...document.components, schemas } };
}
