const swc = [
  '@swc/jest',
  {
    jsc: {
      target: 'es2023',
      parser: { syntax: 'typescript', decorators: true },
      keepClassNames: true,
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
    swcrc: false,
  },
];

const base = {
  testEnvironment: 'node',
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': swc },
};

const withServers = { ...base, setupFiles: [new URL('./test/support/isolate.cjs', import.meta.url).pathname] };

export default {
  testTimeout: 30_000,
  projects: [
    { ...base, displayName: 'unit', rootDir: './src', testMatch: ['<rootDir>/**/*.spec.ts'] },
    { ...withServers, displayName: 'integration', rootDir: './test', testMatch: ['<rootDir>/**/*.int-spec.ts'] },
    { ...withServers, displayName: 'e2e', rootDir: './test', testMatch: ['<rootDir>/**/*.e2e-spec.ts'] },
  ],
};
