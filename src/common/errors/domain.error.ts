/** What went wrong, in the words of HTTP; `PROBLEM_STATUS` is the one table that maps a kind to its status. */
export type ErrorKind =
  | 'malformed'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'precondition_failed'
  | 'rejected'
  | 'too_many_requests'
  | 'unavailable';

export const PROBLEM_STATUS: Readonly<Record<ErrorKind, number>> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  precondition_failed: 412,
  rejected: 422,
  too_many_requests: 429,
  unavailable: 503,
};

/** One offending field of a request. `pointer` is a JSON Pointer (RFC 6901) into the body, or `?name` for a query parameter. */
export interface FieldError {
  pointer: string;
  code: string;
  message: string;
}

/**
 * A failure that the caller can understand and act on.
 *
 * Subclasses live in `<feature>.errors.ts`, carry a static `code` and `title`, keep the facts as fields, and pass a sentence that a
 * shopper could read. One filter renders them all as RFC 9457 problem details.
 */
export abstract class DomainError extends Error {
  static readonly code: string;
  static readonly title: string;
  abstract readonly kind: ErrorKind;
  /** Offending fields, when the failure can be pinned to some. */
  readonly errors?: readonly FieldError[];
  /** Further members of the problem document, for machines. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** Header fields the answer must carry, such as `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;

  constructor(detail: string) {
    super(detail);
    this.name = new.target.name;
  }

  get code(): string {
    return (this.constructor as typeof DomainError).code;
  }

  get title(): string {
    return (this.constructor as typeof DomainError).title;
  }
}

export abstract class MalformedError extends DomainError {
  static readonly kind: ErrorKind = 'malformed';
  readonly kind = 'malformed';
}
export abstract class UnauthenticatedError extends DomainError {
  static readonly kind: ErrorKind = 'unauthenticated';
  readonly kind = 'unauthenticated';
}
export abstract class ForbiddenError extends DomainError {
  static readonly kind: ErrorKind = 'forbidden';
  readonly kind = 'forbidden';
}
export abstract class NotFoundError extends DomainError {
  static readonly kind: ErrorKind = 'not_found';
  readonly kind = 'not_found';
}
export abstract class ConflictError extends DomainError {
  static readonly kind: ErrorKind = 'conflict';
  readonly kind = 'conflict';
}
export abstract class PreconditionError extends DomainError {
  static readonly kind: ErrorKind = 'precondition_failed';
  readonly kind = 'precondition_failed';
}
/** Understood and well-formed, but refused by a rule (422). */
export abstract class RejectedError extends DomainError {
  static readonly kind: ErrorKind = 'rejected';
  readonly kind = 'rejected';
}
export abstract class TooManyRequestsError extends DomainError {
  static readonly kind: ErrorKind = 'too_many_requests';
  readonly kind = 'too_many_requests';
}
export abstract class UnavailableError extends DomainError {
  static readonly kind: ErrorKind = 'unavailable';
  readonly kind = 'unavailable';
}

/** A concrete error class, as `@ApiProblems` documents it. */
export interface DomainErrorClass {
  readonly code: string;
  readonly title: string;
  readonly kind: ErrorKind;
}
