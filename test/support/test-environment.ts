import { type Environment, loadEnvironment } from '../../src/config/environment.js';

/** A busy machine may take minutes for a statement that makes thousands of rows; what is in the address wins over what the pool says. */
const PATIENT = 'statement_timeout=600000&idle_in_transaction_session_timeout=600000';

/** The settings of a test: those of the test servers, quiet, with limits far away, and whatever the test is about. */
export function testEnvironment(overrides: Partial<Record<keyof Environment, string>> = {}): Environment {
  return loadEnvironment({
    ...process.env,
    PORT: '0',
    PUBLIC_URL: 'http://localhost:3000',
    DATABASE_URL: `${process.env.DATABASE_URL}?${PATIENT}`,
    DATA_DIR: process.env.TEST_DATA_DIR,
    DEMO_CATALOGUE: 'false',
    LOG_LEVEL: 'silent',
    LOG_FORMAT: 'json',
    RATE_LIMIT_SCALE: '1000000',
    ROLE: 'api',
    ...overrides,
  });
}
