import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

/** OpenAPI 3.1 made from the contracts, as a page and as JSON, under /docs/<service>. */
export function addApiDocs(app: NestFastifyApplication, service: { name: string; title: string }): void {
  const settings = new DocumentBuilder()
    .setTitle(service.title)
    .setOpenAPIVersion('3.1.0')
    .setVersion('v1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key of one environment' })
    .build();
  SwaggerModule.setup(`docs/${service.name}`, app, () => SwaggerModule.createDocument(app, settings), { jsonDocumentUrl: `docs/${service.name}/openapi.json`, customSiteTitle: service.title });
  app.getHttpAdapter().getInstance().get('/docs', (_, reply) => reply.redirect(`/docs/${service.name}`));
}
