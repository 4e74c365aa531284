import { type Environment, loadEnvironment } from '../../src/config/environment.js';

/** The settings of a test: those of the test servers, quiet, with limits far away, and whatever the test is about. */
export function testEnvironment(overrides: Partial<Record<keyof Environment, string>> = {}): Environment {
  return loadEnvironment({
    ...process.env,
    PORT: '0',
    PUBLIC_URL: 'http://localhost:3000',
    DATA_DIR: process.env.TEST_DATA_DIR,
    DEMO_CATALOGUE: 'false',
    LOG_LEVEL: 'silent',
    LOG_FORMAT: 'json',
    RATE_LIMIT_SCALE: '1000000',
    ROLE: 'api',
    ...overrides,
  });
}
