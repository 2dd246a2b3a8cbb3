import { request as startRequest, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { Unavailable } from '@turnpike/service';
import { sendProblem } from './front-door.js';

const ASK_SECONDS = 5;

/** They speak of one connection, not of the message (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set(['connection', 'expect', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

/**
 * Passes a request on to a service of its own process, bytes untouched: a signature is over them.
 * A service that cannot be reached is a 503, so that Stripe and other callers come again.
 */
export function passOn(name: string, origin: URL | null, request: IncomingMessage, response: ServerResponse): void {
  if (origin === null) return sendProblem(response, new Unavailable(name, 1));
  const onward = startRequest({
    host: origin.hostname,
    port: origin.port,
    method: request.method,
    path: request.url,
    headers: endToEnd(request.headers),
  });
  onward.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  onward.on('error', () => {
    // It may answer before it has read everything (a body too large) and hang up: then the answer is on its way already.
    if (!response.headersSent) sendProblem(response, new Unavailable(name, 1));
    else if (!response.writableEnded) response.destroy();
  });
  response.on('close', () => onward.destroy());
  request.pipe(onward);
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

/** What a service says of itself. @throws Error when it says nothing, or nothing good */
export async function askAt(name: string, origin: URL, path: string): Promise<string> {
  const response = await fetch(new URL(path, origin), { signal: AbortSignal.timeout(ASK_SECONDS * 1000) });
  if (!response.ok) throw new Error(`${name} answered ${response.status} to ${path}.`);
  return await response.text();
}
