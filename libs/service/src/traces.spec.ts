import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const CHECKOUT = join(import.meta.dirname, '..', '..', '..');

/** What a process of its own prints that says the code, and which of OpenTelemetry's packages it has loaded. */
function run(code: string): { printed: string; loaded: string[] } {
  const program = `
    import { registerHooks } from 'node:module';
    const loaded = new Set();
    registerHooks({ resolve: (specifier, context, next) => (specifier.startsWith('@opentelemetry/') && loaded.add(specifier), next(specifier, context)) });
    const { openTraces, traced, tracedPart, traceparent, traceHeaders } = await import('./libs/service/src/traces.ts');
    const config = { OTEL_TRACES_SAMPLER_ARG: 1 };
    ${code}
    // The exporter would go on trying to reach a collector that is not there.
    process.stdout.write('loaded=' + [...loaded].join() + '\\n', () => process.exit(0));`;
  const output = execFileSync(
    process.execPath,
    ['--conditions=@turnpike/source', '--import', './tools/loader.mjs', '--input-type=module', '--eval', program],
    { cwd: CHECKOUT, encoding: 'utf8', env: { ...process.env, FORCE_COLOR: '0' } },
  );
  const [, printed = '', loaded = ''] = /^([^]*?)loaded=(.*)$/m.exec(output) ?? [];
  return { printed: printed.trim(), loaded: loaded.split(',').filter(Boolean) };
}

describe('traces', () => {
  it('load nothing where no collector is configured, and work is simply done', () => {
    const { printed, loaded } = run(`
      const close = await openTraces('customers', config);
      const done = await traced('customers', { name: 'x' }, () => tracedPart({ name: 'y' }, async () => 'done'));
      console.log(done, traceparent(), JSON.stringify(traceHeaders()));
      await close();`);
    expect(printed).toBe('done null {}');
    expect(loaded).toEqual([]);
  });

  it('go on from the traceparent of a message, and are off again when the service has stopped', () => {
    const { printed, loaded } = run(`
      const close = await openTraces('customers', { ...config, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
      const from = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      const inside = await traced('customers', { name: 'x', from }, async () => [traceparent(), await tracedPart({ name: 'y' }, async () => traceparent())]);
      const broken = await traced('customers', { name: 'x', from: 'no trace' }, async () => traceparent());
      const alone = await tracedPart({ name: 'y' }, async () => traceparent());
      await close();
      console.log(JSON.stringify({ inside, broken, alone, after: traceparent() }));`);
    const { inside, broken, alone, after } = JSON.parse(printed) as { inside: string[]; broken: string; alone: null; after: null };
    expect(inside.map((header) => header.slice(0, 36))).toEqual(Array(2).fill('00-0af7651916cd43dd8448eb211c80319c-'));
    expect(inside[0]).not.toBe(inside[1]);
    expect(broken).toMatch(/^00-(?!0af7651916cd43dd)[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect([alone, after]).toEqual([null, null]);
    expect(loaded).toContain('@opentelemetry/sdk-trace');
  });

  it('stand in the log lines of what they are about, and in no others', () => {
    const { printed } = run(`
      const { Log } = await import('./libs/service/src/logger.ts');
      const close = await openTraces('customers', { ...config, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
      const lines = [];
      const log = Log.of('customers', 'info', { write: (line) => lines.push(JSON.parse(line)) });
      const from = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      const within = await traced('customers', { name: 'x', from }, async () => (log.info('it.happened', { id: 'a' }), traceparent()));
      log.info('something.else');
      console.log(JSON.stringify({ lines, within }));
      await close();`);
    const { lines, within } = JSON.parse(printed) as { lines: Array<Record<string, string>>; within: string };
    expect(lines[0]).toMatchObject({ event: 'it.happened', id: 'a', trace_id: '0af7651916cd43dd8448eb211c80319c' });
    expect(within).toContain(String(lines[0]?.['span_id']));
    expect(lines[1]).not.toHaveProperty('trace_id');
  });

  it('keep the share that is asked for, and what others have decided', () => {
    const { printed } = run(`
      const close = await openTraces('customers', { OTEL_TRACES_SAMPLER_ARG: 0, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
      const kept = (from) => traced('customers', { name: 'x', from }, async () => traceparent().slice(-2));
      console.log(await kept(null), await kept('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'));
      await close();`);
    expect(printed).toBe('00 01');
  });
});
