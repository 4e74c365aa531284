/** PostgreSQL error codes (manual, appendix A) that the application acts on. */
export const UNIQUE_VIOLATION = '23505';
export const FOREIGN_KEY_VIOLATION = '23503';
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';
const LOCK_NOT_AVAILABLE = '55P03';

/** Connection lost, server shutting down or starting (classes 08 and 57P), or too many clients (53300). */
const UNAVAILABLE = /^(08...|57P0[1-5]|53300)$/;
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'ETIMEDOUT', 'EHOSTUNREACH', 'EAI_AGAIN']);
const DRIVER_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable/;

interface PostgresError {
  code?: unknown;
  constraint?: unknown;
  message?: unknown;
  driverError?: PostgresError;
}

function driverError(error: unknown): PostgresError | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  return (error as PostgresError).driverError ?? error;
}

/** The SQLSTATE of a failed statement, whether raised by pg itself or wrapped by TypeORM. */
export function sqlState(error: unknown): string | undefined {
  const code = driverError(error)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** The name of the constraint that refused a write, when `error` is a violation of kind `state` (unique by default). */
export function violatedConstraint(error: unknown, state = UNIQUE_VIOLATION): string | undefined {
  if (sqlState(error) !== state) return undefined;
  const constraint = driverError(error)?.constraint;
  return typeof constraint === 'string' ? constraint : undefined;
}

/** True when the whole unit of work may be run again: deadlock (40P01) or serialization failure (40001). */
export function isRetryable(error: unknown): boolean {
  const state = sqlState(error);
  return state === DEADLOCK_DETECTED || state === SERIALIZATION_FAILURE;
}

export function isLockTimeout(error: unknown): boolean {
  return sqlState(error) === LOCK_NOT_AVAILABLE;
}

/** True when PostgreSQL could not be reached or dropped the connection. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined && (UNAVAILABLE.test(state) || NETWORK.has(state))) return true;
  const message = driverError(error)?.message;
  return typeof message === 'string' && DRIVER_MESSAGES.test(message);
}

/**
 * Waits for a write and, where it violates one of the constraints, throws what that means instead.
 *
 * @param meanings By the name of the constraint: `{ users_email_canonical_key: () => new UserEmailTakenError() }`.
 */
export async function onViolation<Result>(
  write: Promise<Result>,
  meanings: Readonly<Record<string, () => Error>>,
): Promise<Result> {
  try {
    return await write;
  } catch (error) {
    const constraint = driverError(error)?.constraint;
    throw (typeof constraint === 'string' ? meanings[constraint]?.() : undefined) ?? error;
  }
}
