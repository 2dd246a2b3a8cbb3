import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './folders.js';

/** .ci/run in a checkout of its own, on a machine whose programs are stand-ins that write down how they were called. */
describe('.ci/run', () => {
  let machine: string;
  beforeEach(() => {
    machine = realpathSync(mkdtempSync(join(tmpdir(), 'ci-run-')));
    for (const folder of ['programs', 'checkout/.ci', 'checkout/tools/test-report']) mkdirSync(join(machine, folder), { recursive: true });
    for (const file of ['.ci/run', 'tools/test-report/print.mjs']) cpSync(join(ROOT, file), join(machine, 'checkout', file));
    for (const tool of ['bash', 'env', 'dirname', 'sed', 'rm', 'mkdir', 'cat']) symlinkSync(whereIs(tool), join(machine, 'programs', tool));
    symlinkSync(process.execPath, join(machine, 'programs', 'node'));
    program('id', 'echo 0');
    program('npm', 'echo "npm $* CI=$CI" >> "$CALLS"');
    program('apt-get', 'echo "apt-get $*" >> "$CALLS"');
    program('java', `echo 'openjdk version "17.0.12" 2024-07-16' >&2`);
    program('mvn', 'true');
  });
  afterEach(() => rmSync(machine, { recursive: true }));

  const whereIs = (tool: string) => spawnSync('/bin/sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).stdout.trim();

  function program(name: string, script: string): void {
    const path = join(machine, 'programs', name);
    writeFileSync(path, `#!${whereIs('bash')}\n${script}\n`);
    chmodSync(path, 0o755);
  }

  /** What `npm test` leaves behind. */
  function tests(status: number, totals: string): void {
    const summary = {
      totals,
      perKind: 'unit 3',
      minutes: [{ name: 'unit tests', minutes: 0.5 }],
      slowest: [{ name: 'is slow', file: 'a.spec.ts', seconds: 9 }],
    };
    const report = '.turnpike/test-report';
    program(
      'npm',
      `echo "npm $* CI=$CI STRIPE_FIXTURES=$STRIPE_FIXTURES" >> "$CALLS"
       if [ "$1" = test ]; then mkdir -p ${report}; echo '${JSON.stringify(summary)}' > ${report}/summary.json; exit ${status}; fi`,
    );
  }

  function run(): { status: number | null; lines: string[]; calls: string[] } {
    const calls = join(machine, 'calls');
    writeFileSync(calls, '');
    const env = { PATH: join(machine, 'programs'), CALLS: calls };
    const { status, stdout } = spawnSync(join(machine, 'checkout/.ci/run'), { encoding: 'utf8', env, cwd: '/' });
    return { status, lines: stdout.trimEnd().split('\n'), calls: readFileSync(calls, 'utf8').trimEnd().split('\n') };
  }

  it('installs the packages, tests under CI, says where the time went, and ends with the totals', () => {
    tests(0, '3 passed, 0 failed');
    const { status, lines, calls } = run();
    expect(calls).toEqual(['npm ci CI=true STRIPE_FIXTURES=', 'npm test CI=true STRIPE_FIXTURES=']);
    expect(lines).toContain('    0.50  unit tests');
    expect(lines).toContain('     9.0  is slow (a.spec.ts)');
    expect(lines.at(-1)).toBe('3 passed, 0 failed');
    expect(status).toBe(0);
  });

  it('fails when the tests fail, and still ends with the totals', () => {
    tests(1, '2 passed, 1 failed');
    const { status, lines } = run();
    expect(lines.at(-1)).toBe('2 passed, 1 failed');
    expect(status).toBe(1);
  });

  it('never takes an older run for this one', () => {
    tests(0, '3 passed, 0 failed');
    run();
    program('npm', '[ "$1" = ci ]');
    const { status, lines } = run();
    expect(lines.at(-1)).toBe('0 passed, 1 failed');
    expect(status).toBe(1);
  });

  it('installs Java and Maven only where they are missing or too old', () => {
    tests(0, '3 passed, 0 failed');
    program('java', `echo 'openjdk version "11.0.2" 2019-01-15' >&2`);
    rmSync(join(machine, 'programs/mvn'));
    expect(run().calls.slice(0, 2)).toEqual([
      'apt-get update -qq',
      'apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless maven',
    ]);
  });

  it('says what somebody with more rights has to do', () => {
    tests(0, '3 passed, 0 failed');
    program('id', 'echo 1000');
    rmSync(join(machine, 'programs/java'));
    const { status, calls } = run();
    expect(status).toBe(1);
    expect(calls).toEqual(['']);
  });

  it('reads recorded Stripe traffic where it lies beside the checkout', () => {
    tests(0, '3 passed, 0 failed');
    mkdirSync(join(machine, 'shared/stripe/fixtures'), { recursive: true });
    expect(run().calls).toContain(`npm test CI=true STRIPE_FIXTURES=${join(machine, 'shared/stripe/fixtures')}`);
  });
});
