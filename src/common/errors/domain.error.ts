/** What went wrong, in the words of HTTP; `PROBLEM_STATUS` is the one table that maps a kind to its status. */
export type ErrorKind =
  | 'malformed'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'gone'
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
  gone: 410,
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
  static readonly kind: ErrorKind;
  /** Offending fields, when the failure can be pinned to some. */
  readonly errors?: readonly FieldError[] | undefined;
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

  get kind(): ErrorKind {
    return (this.constructor as typeof DomainError).kind;
  }
}

/** A concrete error class, as `@ApiProblems` documents it. */
export interface DomainErrorClass {
  readonly code: string;
  readonly title: string;
  readonly kind: ErrorKind;
}

type ErrorBase = DomainErrorClass & (new (detail?: string) => DomainError);

/**
 * Makes what error classes of one kind extend: `class OrderNotFoundError extends notFound('order.not_found', 'No such order', '…') {}`.
 *
 * A class whose sentence holds facts leaves it out here and passes it in its constructor. Offending fields that are always the same follow
 * the sentence.
 */
const errorOf =
  (kind: ErrorKind) =>
  (code: string, title: string, sentence = title, ...errors: readonly FieldError[]): ErrorBase =>
    class extends DomainError {
      static override readonly code = code;
      static override readonly title = title;
      static override readonly kind = kind;
      override readonly errors: readonly FieldError[] | undefined = errors.length > 0 ? errors : undefined;

      constructor(detail = sentence) {
        super(detail);
      }
    };

export const malformed = errorOf('malformed');
export const forbidden = errorOf('forbidden');
export const notFound = errorOf('not_found');
/** Clashes with the current state (409). */
export const conflict = errorOf('conflict');
/** Was there, and will not be again (410). */
export const gone = errorOf('gone');
export const preconditionFailed = errorOf('precondition_failed');
/** Understood and well-formed, but refused by a rule (422). */
export const rejected = errorOf('rejected');
export const tooManyRequests = errorOf('too_many_requests');
export const unavailable = errorOf('unavailable');

/** Nobody has proved who they are (401), which says how to (RFC 9110 section 11.6.1). */
export const unauthenticated = (code: string, title: string, sentence = title): ErrorBase =>
  class extends errorOf('unauthenticated')(code, title, sentence) {
    override readonly headers: Readonly<Record<string, string>> = { 'www-authenticate': 'Bearer realm="storehouse"' };
  };

/** Another row has what must be unique: `pointer` and `message` tell of the member of the body that holds it. */
export const taken = (code: string, title: string, sentence: string, pointer: string, message: string): ErrorBase =>
  conflict(code, title, sentence, { pointer, code: 'taken', message });

/** Throws where an expression is wanted: `(await this.orders.find(id)) ?? raise(new OrderNotFoundError())`. */
export function raise(error: Error): never {
  throw error;
}
