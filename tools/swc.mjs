/** How TypeScript becomes JavaScript here, for running (tools/loader.mjs) and for tests (jest.config.mjs) alike. */
export const swcOptions = {
  configFile: false,
  swcrc: false,
  module: { type: 'es6' },
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    keepClassNames: true,
  },
};
