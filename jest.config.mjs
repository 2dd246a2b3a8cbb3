import { swcOptions } from './tools/swc.mjs';

/** The kinds of test, told apart by the end of the file's name (docs/decisions, CONTRIBUTING.md). */
const PATTERNS = {
  unit: ['**/*.spec.ts'],
  postgres: ['**/*.int.spec.ts'],
  kafka: ['**/*.kafka.spec.ts'],
  e2e: ['**/*.e2e.spec.ts'],
};
const kind = process.env.TEST_KIND ?? 'unit';
const others = ['\\.int\\.spec\\.ts$', '\\.kafka\\.spec\\.ts$', '\\.e2e\\.spec\\.ts$'];

export default {
  rootDir: import.meta.dirname,
  roots: [process.env.TEST_ROOT ?? '<rootDir>'],
  testMatch: PATTERNS[kind],
  testPathIgnorePatterns: ['/node_modules/', ...(kind === 'unit' ? others : [])],
  modulePathIgnorePatterns: ['/\\.turnpike/', '/\\.nx/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': ['@swc/jest', { ...swcOptions, sourceMaps: 'inline' }] },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  moduleFileExtensions: ['ts', 'mjs', 'js', 'json', 'node'],
  reporters: ['default', '<rootDir>/tools/test-report/reporter.mjs'],
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@turnpike/source', 'node', 'node-addons'] },
  testTimeout: kind === 'unit' ? 10_000 : 120_000,
  workerIdleMemoryLimit: '1GB',
  ...(kind === 'unit'
    ? {}
    : { globalSetup: '<rootDir>/tools/test-servers/setup.mjs', globalTeardown: '<rootDir>/tools/test-servers/teardown.mjs' }),
};
