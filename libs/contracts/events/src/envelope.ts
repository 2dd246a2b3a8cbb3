import { writerOf } from './define-topic.js';
import { ENVIRONMENTS, OrganizationId, type Environment, type Scope } from './scope.js';

/**
 * The most a message's value may weigh. A broker takes 1 MiB a batch by default, and one that it refuses stops everything behind it
 * for ever (road 1.4); the rest is room for headers and key.
 */
export const MAX_BODY_BYTES = 900 * 1024;

const CONTENT_TYPE = 'application/json';
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const RFC3339_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
/** https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}/;
const WHOLE_NUMBER = /^(0|[1-9][0-9]{0,18})$/;

/** What travels beside a message's value. */
export interface Envelope {
  /** UUIDv7. */
  readonly id: string;
  readonly topic: string;
  /** When it was announced: RFC 3339, UTC. */
  readonly at: string;
  /** The message key, `organization/environment/entity`. */
  readonly key: string;
  /** What fixed the partition, `organization/environment/order`. */
  readonly orderKey: string;
  readonly scope: Scope;
  /** The region that the organization's data must stay in (architecture rule 10). */
  readonly dataResidency?: string | undefined;
  readonly traceparent?: string | undefined;
  /** Absent until the relay has numbered the message. */
  readonly epoch?: number | undefined;
  readonly number?: bigint | undefined;
}

/** The same as a writer has it at hand. */
export type EnvelopeFields = Omit<Envelope, 'at' | 'dataResidency' | 'traceparent' | 'epoch'> & {
  readonly at: Date | string;
  readonly dataResidency?: string | null | undefined;
  readonly traceparent?: string | null | undefined;
  readonly epoch?: number | bigint | undefined;
};

/** A message whose headers are not those of this road: from a stranger, or cut off on the way. */
export class MalformedEnvelope extends Error {
  override readonly name = 'MalformedEnvelope';
  constructor(readonly problems: readonly string[]) {
    super(`Not an envelope of this road: ${problems.join('; ')}.`);
  }
}

/**
 * The key as it stands on the wire. Two organizations may have chosen the same id, and the same id may live in sandbox and in live;
 * compaction must keep them apart.
 */
export function wireKey(scope: Scope, key: string): string {
  return `${scope.organization}/${scope.environment}/${key}`;
}

/** The other way round: what the contract's `key` or `order` said. A key that has no scope in it is given back as it is. */
export function withoutScope(wire: string): string {
  const key = wire.split('/').slice(2).join('/');
  return key === '' ? wire : key;
}

/**
 * CloudEvents 1.0 in Kafka's binary mode: attributes are headers, the value is the data alone
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md). What is ours has no prefix.
 */
export function toHeaders(fields: EnvelopeFields): Record<string, string> {
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_id: fields.id,
    ce_type: fields.topic,
    ce_source: `/turnpike/${writerOf(fields.topic)}`,
    ce_time: new Date(fields.at).toISOString(),
    ce_subject: fields.key,
    ce_partitionkey: fields.orderKey,
    'content-type': CONTENT_TYPE,
    organization: fields.scope.organization,
    environment: fields.scope.environment,
  };
  if (fields.dataResidency) headers['dataresidency'] = fields.dataResidency;
  if (fields.traceparent) headers['traceparent'] = fields.traceparent;
  if (fields.epoch !== undefined) headers['turnpikeepoch'] = String(fields.epoch);
  if (fields.number !== undefined) headers['turnpikenumber'] = String(fields.number);
  return headers;
}

/**
 * Reads what `toHeaders` wrote. Headers that are not known are ignored, so that a newer writer may add some. By hand rather than by a
 * schema: this runs once per message on every reader.
 * @throws MalformedEnvelope naming every header that is missing or wrong
 */
export function parseHeaders(raw: Readonly<Record<string, string | undefined>>): Envelope {
  const problems: string[] = [];
  const read = (header: string, isRight: (value: string) => boolean): string => {
    const value = raw[header];
    if (value === undefined) problems.push(`${header} is missing`);
    else if (!isRight(value)) problems.push(`${header} is "${value.slice(0, 80)}"`);
    return value ?? '';
  };
  const readNumber = (header: string): string | undefined =>
    raw[header] === undefined ? undefined : read(header, (value) => WHOLE_NUMBER.test(value));

  read('ce_specversion', (value) => value === '1.0');
  read('content-type', (value) => value === CONTENT_TYPE || value.startsWith(`${CONTENT_TYPE};`));
  const id = read('ce_id', (value) => UUID_V7.test(value));
  const topic = read('ce_type', isText);
  read('ce_source', (value) => value === `/turnpike/${writerOf(topic)}`);
  const at = read('ce_time', (value) => RFC3339_UTC.test(value) && !Number.isNaN(Date.parse(value)));
  const key = read('ce_subject', isText);
  const orderKey = read('ce_partitionkey', isText);
  const organization = read('organization', (value) => OrganizationId.safeParse(value).success);
  const environment = read('environment', isEnvironment);
  const epoch = readNumber('turnpikeepoch');
  const number = readNumber('turnpikenumber');

  if (problems.length > 0 || !isEnvironment(environment)) throw new MalformedEnvelope(problems);

  const traceparent = raw['traceparent'];
  return {
    id,
    topic,
    at,
    key,
    orderKey,
    scope: { organization, environment },
    dataResidency: raw['dataresidency'],
    // A trace that cannot be read is a new trace, not an error (Trace Context, section 4.3).
    traceparent: traceparent !== undefined && TRACEPARENT.test(traceparent) ? traceparent : undefined,
    epoch: epoch === undefined ? undefined : Number(epoch),
    number: number === undefined ? undefined : BigInt(number),
  };
}

function isText(value: string): boolean {
  return value.length > 0;
}

function isEnvironment(value: string): value is Environment {
  return ENVIRONMENTS.some((environment) => environment === value);
}
