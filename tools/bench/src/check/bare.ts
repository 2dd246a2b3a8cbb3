/** What a Nest app on Fastify can do at most: one GET, no guard, no interceptor. And what the load can do at most: an answer without HTTP behind it. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { answer } from '../answer.js';
import { NOTHING } from './bare-answer.js';

@Controller('v1/nothing')
class NothingController {
  @Get()
  get(): typeof NOTHING {
    return NOTHING;
  }
}

@Module({ controllers: [NothingController] })
class BareModule {}

const BYTES = JSON.stringify(NOTHING);
const WHOLE = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${BYTES.length}\r\n\r\n${BYTES}`);

answer({
  async start(): Promise<string> {
    const app = await NestFactory.create<NestFastifyApplication>(BareModule, new FastifyAdapter({ logger: false }), { logger: false });
    await app.listen(0, '127.0.0.1');
    return app.getUrl();
  },
  /** Each packet is taken for one request: they are small, and the load sends one at a time on a connection. */
  async answerBlindly(): Promise<string> {
    const server = createServer({ noDelay: true }, (socket) => {
      socket.on('data', () => socket.write(WHOLE));
      socket.on('error', () => socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A server that listens on a port has an address of this kind.
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
});
