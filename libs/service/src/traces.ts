import type { FastifyInstance } from 'fastify';
import type { ServiceConfig } from './service.js';

/** What a span may say of itself: ids of ours, names, counts, codes. Never a payload, an address or a secret; a tracing system is a third party. */
export type SpanFacts = Readonly<Record<string, string | number | boolean>>;

export interface SpanStart {
  /** Few different ones: `POST /v1/customers/:id`, never with the id in it. */
  readonly name: string;
  readonly kind?: 'server' | 'client' | 'consumer' | 'internal';
  readonly facts?: SpanFacts;
  /** The `traceparent` of what it goes on from. */
  readonly from?: string | null | undefined;
  /** The `traceparent`s of what it also belongs to. */
  readonly links?: readonly string[];
}

/** What does the work where traces are on. */
export interface Tracing {
  traceparent(): string | null;
  logFacts(): Readonly<Record<string, string>> | null;
  begin<T>(service: string, start: SpanStart, work: () => Promise<T>): Promise<T>;
  part<T>(start: SpanStart, work: () => Promise<T>): Promise<T>;
  note(facts: SpanFacts): void;
  watch(service: string, fastify: FastifyInstance): void;
}

/** Null while traces are off: then nothing of OpenTelemetry is loaded, and each of the functions below costs one comparison. */
let tracing: Tracing | null = null;

/** One for the process: a trace goes from one service to the next also where they share it. */
export function useTracing(next: Tracing | null): void {
  tracing = next;
}

export function areTracesOn(): boolean {
  return tracing !== null;
}

/** Of what runs now, as W3C's header has it (https://www.w3.org/TR/trace-context/); null where nothing is traced. */
export function traceparent(): string | null {
  return tracing === null ? null : tracing.traceparent();
}

/** Headers for a request to another service of ours, so that it goes on with this trace. Stripe and other strangers get none. */
export function traceHeaders(): Record<string, string> {
  const parent = traceparent();
  return parent === null ? {} : { traceparent: parent };
}

/** `trace_id` and `span_id` for a log line. */
export function traceFactsOfLog(): Readonly<Record<string, string>> {
  return tracing?.logFacts() ?? {};
}

/** Runs work as a span of a service: of the trace that `from` names, or the first of a new one. */
export function traced<T>(service: string, start: SpanStart, work: () => Promise<T>): Promise<T> {
  return tracing === null ? work() : tracing.begin(service, start, work);
}

/** Runs work as a part of the span that runs now; where none does, it is no span: loops that look for work would drown all others. */
export function tracedPart<T>(start: SpanStart, work: () => Promise<T>): Promise<T> {
  return tracing === null ? work() : tracing.part(start, work);
}

/** Adds to the span that runs now what was not known when it began. */
export function noteOnSpan(facts: SpanFacts): void {
  tracing?.note(facts);
}

/** Every request that Fastify answers becomes a span. Does nothing while traces are off. */
export function traceRequests(service: string, fastify: FastifyInstance): void {
  tracing?.watch(service, fastify);
}

export type TraceConfig = Pick<
  ServiceConfig,
  'OTEL_EXPORTER_OTLP_ENDPOINT' | 'OTEL_EXPORTER_OTLP_HEADERS' | 'OTEL_TRACES_SAMPLER_ARG' | 'DATA_RESIDENCY'
>;

/**
 * Turns traces on where a collector is configured.
 * @returns what to do when the service has stopped: the spans that are left are sent
 */
export async function openTraces(service: string, config: TraceConfig): Promise<() => Promise<void>> {
  if (config.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return async () => undefined;
  const { openTelemetry } = await import('./open-telemetry.js');
  return openTelemetry(service, config);
}
