import { PARTITIONS, type Topic } from '@turnpike/contracts-events';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { TOPIC_PROPERTIES } from './compare.js';
import { canonical, isSchema, type Schema } from './json-schema.js';

export interface Sample {
  /** The file's name. */
  readonly name: string;
  /** As parsed from JSON. */
  readonly value: unknown;
}

/**
 * The JSON Schema (2020-12) of what a reader takes, with the properties of the topic beside it. Open for fields that are not known, as
 * readers are.
 */
export function topicSchema(topic: Topic, samples: readonly Sample[]): Schema {
  const { $schema, ...shape } = z.toJSONSchema(topic.data, { io: 'input', unrepresentable: 'any', override: settled });
  return {
    $schema,
    title: topic.name,
    [TOPIC_PROPERTIES]: {
      kind: topic.kind,
      burial: topic.burial,
      partitions: PARTITIONS,
      samples: Object.fromEntries([...samples].sort(byName).map((sample) => [sample.name, sampleProperties(topic, sample)])),
    },
    ...shape,
  };
}

/**
 * What `key` and `order` read of a sample: `{connectionId}/{objectId}`. Functions cannot be compared, but what they make of a message
 * whose every text and number is its own path can. The fingerprint is there because samples are never edited.
 */
function sampleProperties(topic: Topic, sample: Sample): { key: string; order: string; fingerprint: string } {
  const read = topic.data.safeParse(sample.value);
  if (!read.success)
    throw new Error(`The sample ${sample.name} of ${topic.name} is not what its contract says: ${z.prettifyError(read.error)}`);
  const paths = pathsInPlaceOfValues(read.data, '');
  return {
    key: topic.key(paths),
    order: topic.order(paths),
    fingerprint: createHash('sha256').update(canonical(sample.value)).digest('hex').slice(0, 16),
  };
}

function pathsInPlaceOfValues(value: unknown, path: string): unknown {
  if (typeof value === 'string' || typeof value === 'number') return `{${path}}`;
  if (Array.isArray(value)) return value.map((item, at) => pathsInPlaceOfValues(item, `${path}[${at}]`));
  if (!isSchema(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, pathsInPlaceOfValues(part, path === '' ? name : `${path}.${name}`)]),
  );
}

/** These become nothing at all in JSON Schema, so that a change of them would go unseen. */
const NOT_FOR_MESSAGES = [
  'bigint',
  'date',
  'symbol',
  'undefined',
  'void',
  'map',
  'set',
  'transform',
  'function',
  'default',
  'prefault',
  'catch',
];
/** The library's own patterns for these say no more than the format does, and may change with the library. */
const FORMATS_THAT_SAY_IT_ALL = ['date-time', 'date', 'time', 'email', 'uri', 'duration'];

function settled({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodTypes; jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  const { type } = zodSchema._zod.def;
  if (NOT_FOR_MESSAGES.includes(type)) throw new Error(`A message is plain JSON, read as it is written: ${type} is not for contracts.`);
  if (jsonSchema.format !== undefined && FORMATS_THAT_SAY_IT_ALL.includes(jsonSchema.format)) delete jsonSchema.pattern;
}

function byName(left: Sample, right: Sample): number {
  return left.name < right.name ? -1 : 1;
}
