import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, ROOT_CONTEXT, type Span, SpanKind, type SpanContext, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { OPERATOR_PATHS } from './http.metrics.js';
import { type SpanFacts, type SpanStart, type TraceConfig, type Tracing, useTracing } from './traces.js';

/** Loaded only where traces are on: by `openTraces`, and by nobody else. */

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})/;
const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER, internal: SpanKind.INTERNAL };
const SEND_EVERY_MS = 1_000;
const LAST_SENDING_MS = 1_000;

/** A span that runs, and by whom: what it calls is a part of the same service. */
interface Running {
  readonly span: Span;
  readonly tracer: Tracer;
}

const running = new AsyncLocalStorage<Running>();
const tracers = new Map<string, Tracer>();
const providers = new Set<TracerProvider>();

/**
 * One tracer for each service, also where many run in one process: a trace shows which of them did what. Spans are made by hand at the few
 * places where work begins or leaves us, and not by patched modules (docs/decisions/0019).
 */
export function openTelemetry(service: string, config: TraceConfig): () => Promise<void> {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': service,
      'service.namespace': 'turnpike',
      ...(config.DATA_RESIDENCY === undefined ? {} : { 'turnpike.data_residency': config.DATA_RESIDENCY }),
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(config.OTEL_TRACES_SAMPLER_ARG) }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({
          url: `${config.OTEL_EXPORTER_OTLP_ENDPOINT?.replace(/\/$/, '')}/v1/traces`,
          headers: headersIn(config.OTEL_EXPORTER_OTLP_HEADERS ?? ''),
        }),
        scheduledDelayMillis: SEND_EVERY_MS,
      }),
    ],
  });
  tracers.set(service, provider.getTracer('turnpike'));
  providers.add(provider);
  useTracing(TRACING);
  return async () => {
    providers.delete(provider);
    if (providers.size === 0) useTracing(null);
    // A collector that is away must not hold a service up that wants to end; the spans are lost then, and only they.
    const patience = new Promise<void>((resolve) => setTimeout(resolve, LAST_SENDING_MS).unref());
    await Promise.race([provider.shutdown().catch(() => undefined), patience]);
  };
}

const TRACING: Tracing = {
  traceparent: () => {
    const current = running.getStore();
    return current === undefined ? null : traceparentOf(current.span.spanContext());
  },
  logFacts: () => {
    const current = running.getStore();
    if (current === undefined) return null;
    const { traceId, spanId } = current.span.spanContext();
    return { trace_id: traceId, span_id: spanId };
  },
  begin: (service, start, work) => {
    const tracer = tracers.get(service);
    return tracer === undefined ? work() : within(tracer, spanOf(tracer, start, parentOf(start.from)), work);
  },
  part: (start, work) => {
    const current = running.getStore();
    if (current === undefined) return work();
    return within(current.tracer, spanOf(current.tracer, start, trace.setSpan(ROOT_CONTEXT, current.span)), work);
  },
  note: (facts) => void running.getStore()?.span.setAttributes({ ...facts }),
  watch: (service, fastify) => watch(service, fastify),
};

async function within<T>(tracer: Tracer, span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await running.run({ span, tracer }, work);
  } catch (error) {
    // What went wrong, by its name and code: messages of drivers and of Stripe quote what they were given.
    span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', errorTypeOf(error));
    throw error;
  } finally {
    span.end();
  }
}

function spanOf(tracer: Tracer, { name, kind = 'internal', facts = {}, links = [] }: SpanStart, parent: Context): Span {
  const linked = links.flatMap((link) => {
    const context = contextIn(link);
    return context === null ? [] : [{ context }];
  });
  return tracer.startSpan(name, { kind: KINDS[kind], attributes: { ...facts }, links: linked }, parent);
}

/** A request runs in its span from its first hook on; its body may be parsed in between, by events of a socket that knows no span. */
function watch(service: string, fastify: FastifyInstance): void {
  const tracer = tracers.get(service);
  if (tracer === undefined) return;
  const spans = new WeakMap<FastifyRequest, Running>();
  fastify.addHook('onRequest', (request, _, done) => {
    const route = request.routeOptions.url;
    if (route === undefined || OPERATOR_PATHS.has(route)) return done();
    const told = request.headers['traceparent'];
    const facts: SpanFacts = { 'http.request.method': request.method, 'http.route': route };
    const start: SpanStart = { name: `${request.method} ${route}`, kind: 'server', facts };
    const entered = { tracer, span: spanOf(tracer, start, parentOf(typeof told === 'string' ? told : null)) };
    spans.set(request, entered);
    running.run(entered, done);
  });
  fastify.addHook('preValidation', (request, _, done) => {
    const entered = spans.get(request);
    if (entered === undefined) done();
    else running.run(entered, done);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request)?.span;
    span?.setAttribute('http.response.status_code', reply.statusCode);
    if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', String(reply.statusCode));
    span?.end();
    done();
  });
}

function parentOf(from: string | null | undefined): Context {
  const context = from ? contextIn(from) : null;
  return context === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, context);
}

/** A trace that cannot be read is a new trace, not an error (Trace Context, section 4.3). */
function contextIn(header: string): SpanContext | null {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(header) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}

function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-0${traceFlags & 1}`;
}

/** `name=value,name=value`, percent-encoded (https://opentelemetry.io/docs/specs/otel/protocol/exporter/). */
function headersIn(list: string): Record<string, string> {
  const pairs = list.split(',').filter((pair) => pair.includes('='));
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')).trim(), decodeURIComponent(pair.slice(pair.indexOf('=') + 1).trim())]),
  );
}

function errorTypeOf(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
