import { STATUS_CODES } from 'node:http';
import { DomainError, type FieldError, PROBLEM_STATUS } from './domain.error.js';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json; charset=utf-8';
const TYPE_BASE = 'https://storehouse.dev/problems/';

/** The body of every failure: RFC 9457 problem details with our `code`, `requestId` and `errors`. */
export interface ProblemDetails {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  instance: string;
  requestId: string;
  errors?: readonly FieldError[];
  [extension: string]: unknown;
}

/** A failure ready to be written: status, header fields and body. */
export interface Problem {
  status: number;
  headers: Readonly<Record<string, string>>;
  title: string;
  code: string;
  detail: string;
  errors?: readonly FieldError[];
  extensions?: Readonly<Record<string, unknown>>;
}

/** Codes of failures that the framework reports by status alone. */
const FRAMEWORK_PROBLEMS: Readonly<Record<number, { code: string; title: string; detail: string }>> = {
  400: { code: 'request.invalid', title: 'The request is malformed', detail: 'The request could not be understood.' },
  404: { code: 'request.route_not_found', title: 'No such address', detail: 'Nothing is served at this address.' },
  405: {
    code: 'request.method_not_allowed',
    title: 'Method not allowed',
    detail: 'This address does not answer to this method; the Allow header lists those it does.',
  },
  406: {
    code: 'request.not_acceptable',
    title: 'No acceptable representation',
    detail: 'Answers are JSON; the Accept header rules that out.',
  },
  408: { code: 'request.timeout', title: 'The request took too long', detail: 'The request was not complete in time.' },
  413: { code: 'request.too_large', title: 'The body is too large', detail: 'The body is larger than 1 MiB.' },
  414: { code: 'request.uri_too_long', title: 'The address is too long', detail: 'The address is too long.' },
  415: {
    code: 'request.unsupported_media_type',
    title: 'Unsupported media type',
    detail: 'Bodies are JSON: send Content-Type application/json (PATCH also takes application/merge-patch+json).',
  },
  431: {
    code: 'request.headers_too_large',
    title: 'The header is too large',
    detail: 'The header fields are too large.',
  },
  503: {
    code: 'service.unavailable',
    title: 'Temporarily unavailable',
    detail: 'Repeat the request in a few seconds.',
  },
};

/** The longest texts of a problem, in UTF-16 units: whatever was sent, an answer does not echo it whole. */
export const LONGEST_DETAIL = 4_000;
export const LONGEST_POINTER = 500;
export const LONGEST_MESSAGE = 1_000;
/** The end tells most: the last member of a pointer, and what is wrong. */
const KEPT_END = 100;

const INTERNAL: Problem = {
  status: 500,
  headers: {},
  title: 'Something went wrong on our side',
  code: 'internal',
  detail: 'The failure has been logged; quote the request id when you report it.',
};

/** The problem of a domain error: its kind decides the status. What it quotes of the request is cut to what anybody reads. */
export function problemOf(error: DomainError): Problem {
  return {
    status: PROBLEM_STATUS[error.kind],
    headers: error.headers ?? {},
    title: error.title,
    code: error.code,
    detail: shortened(error.message, LONGEST_DETAIL),
    errors: error.errors?.map(({ pointer, code, message }) => ({
      pointer: shortened(pointer, LONGEST_POINTER),
      code,
      message: shortened(message, LONGEST_MESSAGE),
    })),
    extensions: error.extensions,
  };
}

/** The problem of a failure of which only the status is known; 500 hides everything else. */
export function problemOfStatus(status: number, headers: Record<string, string> = {}): Problem {
  const known = FRAMEWORK_PROBLEMS[status];
  if (known) return { status, headers, ...known };
  if (status >= 500 || status < 400) return INTERNAL;
  const title = STATUS_CODES[status] ?? 'Request refused';
  return { status, headers, title, code: `request.${title.toLowerCase().replace(/\W+/g, '_')}`, detail: `${title}.` };
}

/** The JSON document sent for a problem. `instance` is the path without the query, which may hold personal data. */
export function problemBody(problem: Problem, url: string, requestId: string): ProblemDetails {
  return {
    type: TYPE_BASE + problem.code,
    title: problem.title,
    status: problem.status,
    code: problem.code,
    detail: problem.detail,
    instance: url.split('?', 1)[0] ?? url,
    requestId,
    ...(problem.errors ? { errors: problem.errors } : {}),
    ...problem.extensions,
  };
}

/** Leaves out the middle of a text that is longer than `length`. */
function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  // A cut through a surrogate pair leaves half of it.
  return `${text.slice(0, length - KEPT_END - 1)}…${text.slice(-KEPT_END)}`.toWellFormed();
}
