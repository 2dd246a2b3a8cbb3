import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { jarsAreThere } from './jars.js';

export interface Possibility {
  /** Java's version as it names itself, or null. */
  java: string | null;
  /** Maven's version, or null. Needed only until the jars are there. */
  maven: string | null;
  /** A sentence that says what to install, or null when Kafka can be started. */
  missing: string | null;
}

/** Kafka 4 needs it (https://kafka.apache.org/documentation/#java). */
const JAVA_AT_LEAST = 17;

/** The program that JAVA_HOME names, or the one on the path. */
export function javaProgram(): string {
  return process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java';
}

export async function kafkaIsPossible(): Promise<Possibility> {
  const java = versionOf(javaProgram(), ['-version'], /version "([^"]+)"/);
  const maven = versionOf('mvn', ['-v', '-B'], /Apache Maven (\S+)/);
  return { java, maven, missing: whatIsMissing({ java, maven, hasJars: await jarsAreThere() }) };
}

export function whatIsMissing({ java, maven, hasJars }: { java: string | null; maven: string | null; hasJars: boolean }): string | null {
  const isOldJava = java !== null && majorOf(java) < JAVA_AT_LEAST;
  const packages = [...(java === null || isOldJava ? ['openjdk-17-jre-headless'] : []), ...(maven === null && !hasJars ? ['maven'] : [])];
  if (packages.length === 0) return null;
  const faults = [
    ...(java === null ? [`Java ${JAVA_AT_LEAST} or newer was not found`] : []),
    ...(isOldJava ? [`Java ${java} is too old (${JAVA_AT_LEAST} or newer is needed)`] : []),
    ...(maven === null && !hasJars ? ['Maven, which brings the broker once, was not found'] : []),
  ];
  return `${faults.join(', and ')}. On Debian: apt-get install ${packages.join(' ')}. Or set KAFKA_BROKERS to a Kafka of your own.`;
}

/** Before 9, Java called itself 1.8. */
function majorOf(version: string): number {
  const [first = 0, second = 0] = version.split(/[._-]/).map(Number);
  return first === 1 ? second : first;
}

function versionOf(program: string, args: string[], pattern: RegExp): string | null {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', shell: process.platform === 'win32' });
  if (status !== 0) return null;
  return pattern.exec(`${stdout}${stderr}`)?.[1] ?? null;
}
