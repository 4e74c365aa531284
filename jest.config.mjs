import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const support = (file) => fileURLToPath(new URL(`./test/support/jest/${file}`, import.meta.url));

/** Redis in its other forms takes a server of the system: what cannot run here does not count as a test. */
const hasRedisServer = spawnSync('redis-server', ['--version']).status === 0;

const base = {
  testEnvironment: support('environment.mjs'),
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': support('transform.mjs') },
};

export default {
  // How long something takes decides no test: a busy machine may take its time.
  testTimeout: 300_000,
  workerGracefulExitTimeout: 10_000,
  projects: [
    { ...base, displayName: 'unit', rootDir: './src', testMatch: ['<rootDir>/**/*.spec.ts'] },
    {
      displayName: 'schematics',
      rootDir: './schematics',
      testEnvironment: 'node',
      testMatch: ['<rootDir>/**/*.spec.mjs'],
      transform: {},
    },
    {
      ...base,
      displayName: 'integration',
      rootDir: './test',
      testMatch: ['<rootDir>/**/*.int-spec.ts'],
      testPathIgnorePatterns: hasRedisServer ? [] : ['/integration/redis/'],
    },
    { ...base, displayName: 'e2e', rootDir: './test', testMatch: ['<rootDir>/**/*.e2e-spec.ts'] },
  ],
};
