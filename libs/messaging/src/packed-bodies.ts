/** Many bodies as one binary parameter with their places in it. */
export interface PackedBodies {
  readonly bytes: Buffer;
  /** Counted from 1, as SQL's `substring` does. */
  readonly starts: number[];
  /** -1 for a null body. */
  readonly lengths: number[];
}

/**
 * Packs bodies for an INSERT. A `bytea[]` would travel as hexadecimal text, twice as long, escaped here and read back there; one bytea
 * travels as it is.
 */
export function packBodies(bodies: ReadonlyArray<Buffer | null>): PackedBodies {
  let at = 1;
  const starts: number[] = [];
  const lengths: number[] = [];
  for (const body of bodies) {
    starts.push(at);
    lengths.push(body === null ? -1 : body.length);
    at += body?.length ?? 0;
  }
  return { bytes: Buffer.concat(bodies.filter((body) => body !== null)), starts, lengths };
}

/** The SQL that takes a body out again: `bytes` is the parameter, `row` has the columns `start` and `length`. */
export function unpackedBody(bytes: string, row: string): string {
  return `case when ${row}.length < 0 then null else substring(${bytes}::bytea from ${row}.start for ${row}.length) end`;
}
