import { STATUS_CODES } from 'node:http';
import { oauthErrorBody } from '../common/errors/oauth-error.js';
import {
  LONGEST_DETAIL,
  LONGEST_MESSAGE,
  LONGEST_POINTER,
  problemBody,
  problemOfStatus,
} from '../common/errors/problem-details.js';
import type { Schema } from './schema.js';

/** A failure as `@ApiProblems` notes it on an operation. */
export interface DocumentedProblem {
  code: string;
  title: string;
  status: number;
}

export const PROBLEM_JSON = 'application/problem+json';
const INSTANCE = '/api/v1/…';
const REQUEST_ID = '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f';

/** Members of the examples of codes that say more than the common ones. */
const DETAILS: Readonly<Record<string, Record<string, unknown>>> = {
  'request.invalid': {
    detail: '/lines/0/quantity: must not be less than 1.',
    errors: [{ pointer: '/lines/0/quantity', code: 'min', message: 'must not be less than 1' }],
  },
  'request.rate_limited': {
    detail: 'The limit "write" is used up; try again in 12 s.',
    'violated-policies': ['write'],
  },
};

export const PROBLEM_DETAILS_SCHEMA: Schema = {
  type: 'object',
  description: 'Why a request was refused (RFC 9457). Switch on `code`, which is stable; `detail` is for people.',
  required: ['type', 'title', 'status', 'code', 'detail', 'instance', 'requestId'],
  properties: {
    type: { type: 'string', format: 'uri', description: 'Names the kind of problem.', maxLength: 200 },
    title: { type: 'string', description: 'The kind in a few words, the same for every occurrence.', maxLength: 200 },
    status: { type: 'integer', description: 'The HTTP status.', minimum: 400, maximum: 599 },
    code: { type: 'string', description: 'The kind, for machines.', pattern: '^[a-z0-9_.-]+$', maxLength: 100 },
    detail: { type: 'string', description: 'What happened this time.', maxLength: LONGEST_DETAIL },
    instance: { type: 'string', description: 'The path that was asked for.', maxLength: 16_384 },
    requestId: { type: 'string', description: 'Quote it when reporting the problem.', maxLength: 64 },
    errors: {
      type: 'array',
      description: 'The offending fields, when the problem can be pinned to some.',
      maxItems: 100,
      items: {
        type: 'object',
        required: ['pointer', 'code', 'message'],
        properties: {
          pointer: {
            type: 'string',
            description: 'JSON Pointer into the body, `?name` of a parameter, or a header name.',
            maxLength: LONGEST_POINTER,
          },
          code: { type: 'string', description: 'The rule that was broken.', maxLength: 100 },
          message: { type: 'string', description: 'The rule in words.', maxLength: LONGEST_MESSAGE },
        },
      },
    },
  },
  additionalProperties: true,
};

/** What an OAuth endpoint answers instead (RFC 6749 section 5.2). */
export const OAUTH_ERROR_SCHEMA: Schema = {
  type: 'object',
  description:
    'Why a request was refused (RFC 6749 section 5.2). Switch on `error`; `error_description` is for people.',
  required: ['error', 'error_description'],
  properties: {
    error: {
      type: 'string',
      description: 'The kind, for machines.',
      enum: [
        'invalid_request',
        'invalid_client',
        'unsupported_grant_type',
        'invalid_scope',
        'unsupported_token_type',
        'temporarily_unavailable',
        'server_error',
      ],
    },
    error_description: {
      type: 'string',
      description: 'What happened this time.',
      maxLength: LONGEST_DETAIL,
      examples: ['The only grant type is client_credentials.'],
    },
  },
  additionalProperties: false,
};

/** The failure that the framework reports by status alone, as it is documented. */
export function frameworkProblem(status: number): DocumentedProblem {
  const { code, title } = problemOfStatus(status);
  return { code, title, status };
}

/** The example of a problem: what the server would send. */
export function problemExample({ code, title, status }: DocumentedProblem): {
  summary: string;
  value: Record<string, unknown>;
} {
  const framework = problemOfStatus(status);
  const detail = framework.code === code ? framework.detail : `${title}.`;
  const body = problemBody(
    { status, headers: {}, title, code, detail, extensions: DETAILS[code] },
    INSTANCE,
    REQUEST_ID,
  );
  return { summary: title, value: body };
}

/** The example of a problem of an OAuth endpoint, under what OAuth calls it. */
export function oauthErrorExample({
  code,
  title,
  status,
}: DocumentedProblem): [string, { summary: string; value: object }] {
  const value = oauthErrorBody({ code, status, detail: `${title}.` });
  return [value.error, { summary: title, value }];
}

/** What the answers of a status have in common, in words. */
export function statusDescription(status: number): string {
  return STATUS_CODES[status] ?? `Status ${status}`;
}
