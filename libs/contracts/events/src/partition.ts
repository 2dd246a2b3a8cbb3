/** The same for every topic and for ever: another count would send keys to other partitions, and their order would be lost. */
export const PARTITIONS = 24;

const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;
const encoder = new TextEncoder();

/**
 * Which partition an order key's messages lie in, 0 to 23: Kafka's own default partitioner for keyed records (murmur2 of the UTF-8
 * bytes, made positive, modulo the count), so that any client of any language finds the same one.
 * @param orderKey `organization/environment/<order>`, see `wireKey`
 */
export function partitionOf(orderKey: string): number {
  return (murmur2(encoder.encode(orderKey)) & 0x7fffffff) % PARTITIONS;
}

/** MurmurHash2, 32 bits, little endian, with Kafka's seed. Signed, as Java's is. */
export function murmur2(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wholeWords = bytes.length & ~3;
  let hash = SEED ^ bytes.length;

  for (let at = 0; at < wholeWords; at += 4) {
    let word = Math.imul(view.getInt32(at, true), MULTIPLIER);
    word ^= word >>> 24;
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER);
  }

  const left = bytes.length - wholeWords;
  if (left > 0) {
    for (let at = left - 1; at >= 0; at--) hash ^= view.getUint8(wholeWords + at) << (8 * at);
    hash = Math.imul(hash, MULTIPLIER);
  }

  hash ^= hash >>> 13;
  hash = Math.imul(hash, MULTIPLIER);
  return hash ^ (hash >>> 15);
}
