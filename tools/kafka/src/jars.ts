import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { StartFailed } from './errors.js';

const POM = join(import.meta.dirname, '..', 'pom.xml');

/** The version of the broker, from the one place that says it. */
export async function kafkaVersion(): Promise<string> {
  const version = /<artifactId>kafka_[\d.]+<\/artifactId>\s*<version>([^<]+)</.exec(await readFile(POM, 'utf8'))?.[1];
  if (version === undefined) throw new Error(`${POM} names no version of Kafka.`);
  return version;
}

/** In TURNPIKE_CACHE, else in the user's cache folder. */
async function jarsFolder(): Promise<string> {
  return join(process.env.TURNPIKE_CACHE ?? join(homedir(), '.cache', 'turnpike'), `kafka-${await kafkaVersion()}`);
}

export async function jarsAreThere(): Promise<boolean> {
  return existsSync(await jarsFolder());
}

/**
 * The folder with the broker's jars; Maven fetches them once (44 MB). They are fetched beside and renamed, so that of two who
 * come at once neither sees half a folder, and nobody takes an interrupted one for whole.
 */
export async function fetchJars(): Promise<string> {
  const folder = await jarsFolder();
  if (existsSync(folder)) return folder;
  const draft = `${folder}.${randomBytes(6).toString('hex')}`;
  await mkdir(draft, { recursive: true });
  try {
    const maven = spawn('mvn', ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${draft}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    const [said, complained, [status]] = await Promise.all([text(maven.stdout), text(maven.stderr), once(maven, 'close')]);
    if (status !== 0) throw new StartFailed('mvn dependency:copy-dependencies', `${said}${complained}`.slice(-2_000), null);
    await rename(draft, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
    return folder;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
