import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Who may import whom (docs/decisions/0003): the arrows of the architecture, enforced. */
const arrows = [
  { sourceTag: 'type:contract', onlyDependOnLibsWithTags: ['type:contract'], allowedExternalImports: ['zod', 'node:*'] },
  { sourceTag: 'type:kit', onlyDependOnLibsWithTags: ['type:kit', 'type:contract'] },
  { sourceTag: 'type:service', onlyDependOnLibsWithTags: ['type:kit', 'type:contract'], bannedExternalImports: ['kafkajs', 'pg'] },
  {
    sourceTag: 'type:launcher',
    onlyDependOnLibsWithTags: ['type:kit', 'type:contract', 'type:tool', 'type:service', 'type:sandbox', 'type:story'],
    bannedExternalImports: ['kafkajs', 'pg'],
  },
  { sourceTag: 'type:tool', onlyDependOnLibsWithTags: ['type:tool', 'type:kit', 'type:contract'] },
  { sourceTag: 'type:testing', onlyDependOnLibsWithTags: ['type:kit', 'type:contract', 'type:tool'] },
  {
    sourceTag: 'type:e2e',
    onlyDependOnLibsWithTags: [
      'type:testing',
      'type:kit',
      'type:contract',
      'type:tool',
      'type:launcher',
      'type:service',
      'type:sandbox',
      'type:story',
    ],
  },
  // A benchmark runs the whole system, and others beside it.
  {
    sourceTag: 'type:bench',
    onlyDependOnLibsWithTags: ['type:testing', 'type:kit', 'type:contract', 'type:tool', 'type:launcher', 'type:service'],
  },
  // The sandbox stands where Stripe stands: it knows nothing of Turnpike, and only its tests use Stripe's own client.
  { sourceTag: 'type:sandbox', onlyDependOnLibsWithTags: [], bannedExternalImports: ['stripe', 'kafkajs', 'pg'] },
  // The story is a client: it sees what anybody with an API key sees, and what Stripe's own SDK shows.
  { sourceTag: 'type:story', onlyDependOnLibsWithTags: [], allowedExternalImports: ['stripe', 'node:*'] },
  { sourceTag: 'stripe:blind', notDependOnLibsWithTags: ['knows:stripe'], bannedExternalImports: ['stripe'] },
  { sourceTag: 'scope:shared', onlyDependOnLibsWithTags: ['scope:shared'] },
  { sourceTag: 'scope:server', onlyDependOnLibsWithTags: ['scope:server', 'scope:shared'] },
];

/** A test may use the testing library, whatever its project may import otherwise; a contract's test has nothing to start. */
const arrowsOfTests = arrows.map((arrow) => {
  if (arrow.allowedExternalImports)
    return { ...arrow, allowedExternalImports: [...arrow.allowedExternalImports, '@jest/globals', 'fast-check'] };
  if (!arrow.sourceTag.startsWith('type:')) return arrow;
  return {
    ...arrow,
    onlyDependOnLibsWithTags: [...arrow.onlyDependOnLibsWithTags, 'type:testing', 'type:tool'],
    bannedExternalImports: [],
  };
});

/** The testing library starts the kit, and the kit's own tests are started by it. Only specs close these circles: see the arrows. */
const CIRCLES_OF_TESTS = [
  ['messaging', 'testing'],
  ['service', 'testing'],
];

/** Apps are imported by the launcher and by whole-system tests, through their AppModule and nothing else. */
const APPS_BY_MODULE = [
  'sandbox',
  'organizations',
  'connections',
  'gateway',
  'catalog',
  'customers',
  'payments',
  'entitlements',
  'notifications',
].map((app) => `@turnpike/${app}`);

const boundaries = (depConstraints, allow = []) => ({
  '@nx/enforce-module-boundaries': [
    'error',
    {
      enforceBuildableLibDependency: false,
      allowCircularSelfDependency: false,
      ignoredCircularDependencies: CIRCLES_OF_TESTS,
      // A command that needs the kit loads it when it runs, so that --help is quick; its tests import it as anybody does.
      checkDynamicDependenciesExceptions: ['@turnpike/.*'],
      allow,
      depConstraints,
    },
  ],
});

export default [
  { ignores: ['**/node_modules', '**/dist', '**/.nx', '**/.turnpike', 'tools/bench/peers/**'] },
  ...tseslint.configs.recommended.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts', '**/*.mjs'],
    plugins: { '@nx': nx, '@typescript-eslint': tseslint.plugin },
    languageOptions: { parser: tseslint.parser },
    rules: {
      ...boundaries(arrows),
      eqeqeq: ['error', 'always'],
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.name='forwardRef']",
          message: 'Two modules that need each other are one module, or need a third.',
        },
      ],
    },
  },
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'as', objectLiteralTypeAssertions: 'never' }],
      // A name that begins with _ says that it is not used.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
      ],
      // A contract's const and its type share one name on purpose (docs/glossary.md).
      '@typescript-eslint/no-redeclare': 'off',
    },
  },
  // Its declarations of kafkajs' insides must come along wherever the file is compiled from source.
  { files: ['libs/messaging/src/kafka-client.ts'], rules: { '@typescript-eslint/triple-slash-reference': 'off' } },
  {
    files: ['**/*.spec.ts', '**/*.suite.ts', '**/testing/**/*.ts', 'libs/testing/**/*.ts'],
    // Tests of what writes to Stripe start the Sandbox in its place.
    rules: { ...boundaries(arrowsOfTests, ['@turnpike/sandbox']), '@typescript-eslint/consistent-type-assertions': 'off' },
  },
  {
    files: ['apps/turnpike/**/*.ts', 'apps/e2e/**/*.ts'],
    rules: boundaries([...arrowsOfTests], [...APPS_BY_MODULE, '@turnpike/turnpike', '@turnpike/turnpike/*']),
  },
  { files: ['tools/bench/**/*.ts'], rules: boundaries([...arrowsOfTests], APPS_BY_MODULE) },
  { files: ['tools/**', 'apps/turnpike/**', 'apps/e2e/**'], rules: { 'no-console': 'off' } },
];
