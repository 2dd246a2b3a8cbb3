import Fastify from 'fastify';

const RECEIVED = JSON.stringify({ received: true });

/** The same kind of route as the gateway's, around what one of the others does with a delivery. @returns its URL */
export async function listen(handle: (body: Buffer, signature: string | undefined) => Promise<void>): Promise<string> {
  const fastify = Fastify({ logger: false, bodyLimit: 1024 * 1024 });
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body));
  fastify.post('/webhooks/stripe/:connectionId', async (request, reply) => {
    const signature = request.headers['stripe-signature'];
    await handle(request.body instanceof Buffer ? request.body : Buffer.alloc(0), typeof signature === 'string' ? signature : undefined);
    return reply.type('application/json; charset=utf-8').send(RECEIVED);
  });
  return fastify.listen({ host: '127.0.0.1', port: 0 });
}
