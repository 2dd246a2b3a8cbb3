import type { OutgoingMessage } from './message.js';

/** A broker takes record batches up to 1 MiB by default, and kafkajs makes one batch per partition and request (road 1.4). */
const BYTES_PER_REQUEST_AND_PARTITION = 900 * 1024;
const OVERHEAD_PER_MESSAGE = 1024;

/** What one request carries to one partition. */
export interface Part {
  readonly topic: string;
  readonly partition: number;
  readonly messages: OutgoingMessage[];
}

/** Requests one after the other, each with at most one part of every partition, none too big for a broker. */
export function rounds(messages: readonly OutgoingMessage[]): Part[][] {
  const parts = new Map<string, Part[]>();
  const sizes = new Map<Part, number>();
  for (const message of messages) {
    const bytes = (message.body?.length ?? 0) + OVERHEAD_PER_MESSAGE;
    const known = parts.get(`${message.topic}/${message.partition}`) ?? [];
    const last = known.at(-1);
    if (last && sizes.get(last)! + bytes <= BYTES_PER_REQUEST_AND_PARTITION) {
      last.messages.push(message);
      sizes.set(last, sizes.get(last)! + bytes);
    } else {
      const part = { topic: message.topic, partition: message.partition, messages: [message] };
      parts.set(`${message.topic}/${message.partition}`, [...known, part]);
      sizes.set(part, bytes);
    }
  }
  const requests: Part[][] = [];
  for (const ofPartition of parts.values()) ofPartition.forEach((part, index) => (requests[index] ??= []).push(part));
  return requests;
}

export function byTopic(parts: readonly Part[]) {
  const topics = new Map<string, Array<{ key: string; value: Buffer | null; partition: number; headers: Record<string, string> }>>();
  for (const part of parts) {
    const list = topics.get(part.topic) ?? [];
    for (const { key, body, headers } of part.messages) list.push({ key, value: body, partition: part.partition, headers });
    topics.set(part.topic, list);
  }
  return [...topics].map(([topic, list]) => ({ topic, messages: list }));
}
