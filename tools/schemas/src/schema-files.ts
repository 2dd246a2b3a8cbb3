import type { Topic } from '@turnpike/contracts-events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { type Breakage, breakagesBetween, type Caution, cautionsBetween } from './compare.js';
import { asSchema, type Schema } from './json-schema.js';
import { type Sample, topicSchema } from './topic-schema.js';

/** What `--check` found, as sentences. Problems fail it; cautions are said. */
export interface Verdict {
  readonly problems: readonly string[];
  readonly cautions: readonly string[];
}

/**
 * The generated files of the event contracts.
 * @param folder holds `samples/<topic>/*.json` (written by people, never edited), `schemas/<topic>.json` (what the sources say) and
 *   `released/<topic>.json` (what the last release said)
 */
export class SchemaFiles {
  constructor(
    private readonly topics: readonly Topic[],
    private readonly folder: string,
  ) {}

  /** Writes `schemas/`, and removes what no topic stands behind. */
  async write(): Promise<void> {
    await this.put('schemas');
  }

  /** Whether `schemas/` is what the sources say, and whether they keep what was released. */
  async check(): Promise<Verdict> {
    return { problems: [...(await this.stale()), ...this.broken()], cautions: this.cautions() };
  }

  /**
   * Makes the contracts of today the ones to keep. Refuses what would break the last released ones; to take a contract back that no
   * reader outside has ever seen, remove its file in `released/` by hand, where a reviewer sees it.
   * @returns what stands against it; nothing was written then
   */
  async release(): Promise<readonly string[]> {
    const broken = this.broken();
    if (broken.length > 0) return broken;
    await this.put('schemas');
    await this.put('released');
    return [];
  }

  private async put(kind: 'schemas' | 'released'): Promise<void> {
    mkdirSync(join(this.folder, kind), { recursive: true });
    const files = new Map(this.topics.map((topic) => [`${topic.name}.json`, this.schemaOf(topic)]));
    for (const [name, schema] of files) {
      const path = join(this.folder, kind, name);
      writeFileSync(path, await formatted(schema, path));
    }
    for (const name of this.namesIn(kind).filter((one) => !files.has(one))) rmSync(join(this.folder, kind, name));
  }

  private async stale(): Promise<string[]> {
    const said: string[] = [];
    for (const topic of this.topics) {
      const path = join(this.folder, 'schemas', `${topic.name}.json`);
      const schema = await formatted(this.schemaOf(topic), path);
      if (!existsSync(path)) said.push(`schemas/${topic.name}.json is missing. Run: npm run schemas`);
      else if (readFileSync(path, 'utf8') !== schema)
        said.push(`schemas/${topic.name}.json is not what the sources say. Run: npm run schemas`);
    }
    for (const name of this.namesIn('schemas').filter((one) => !this.isOfTopic(one))) {
      said.push(`schemas/${name} belongs to no topic. Run: npm run schemas`);
    }
    return said;
  }

  private broken(): string[] {
    const said = this.namesIn('released')
      .filter((name) => !this.isOfTopic(name))
      .map(
        (name) =>
          `${name.replace(/\.json$/, '')}: the topic is gone. It stays until its last reader has moved; then remove released/${name} too.`,
      );
    for (const { topic, released } of this.released()) {
      for (const breakage of breakagesBetween(released, this.schemaOf(topic)))
        said.push(`${sentence(topic, breakage)} (${breakage.kind}) Make it a new topic.`);
    }
    return said;
  }

  private cautions(): string[] {
    return this.released().flatMap(({ topic, released }) =>
      cautionsBetween(released, this.schemaOf(topic)).map(
        (caution) => `${sentence(topic, caution)} (${caution.kind}) Update the readers first.`,
      ),
    );
  }

  private released(): Array<{ topic: Topic; released: Schema }> {
    return this.topics.flatMap((topic) => {
      const path = join(this.folder, 'released', `${topic.name}.json`);
      return existsSync(path) ? [{ topic, released: asSchema(readJson(path)) }] : [];
    });
  }

  private schemaOf(topic: Topic): Schema {
    const folder = join('samples', topic.name);
    const samples: Sample[] = this.namesIn(folder).map((name) => ({ name, value: readJson(join(this.folder, folder, name)) }));
    if (samples.length === 0) throw new Error(`${topic.name} has no sample: write one to ${folder}/<date>-<what it shows>.json.`);
    return topicSchema(topic, samples);
  }

  private namesIn(folder: string): string[] {
    const path = join(this.folder, folder);
    return existsSync(path) ? readdirSync(path).filter((name) => name.endsWith('.json')) : [];
  }

  private isOfTopic(name: string): boolean {
    return this.topics.some((topic) => `${topic.name}.json` === name);
  }
}

function sentence(topic: Topic, found: Breakage | Caution): string {
  return `${topic.name}: ${found.path || 'the message'} ${found.text}`;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** As `npm run format` would leave it. */
async function formatted(schema: Schema, path: string): Promise<string> {
  return format(JSON.stringify(schema, null, 2), { ...(await resolveConfig(path)), parser: 'json' });
}
