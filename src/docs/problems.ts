import { STATUS_CODES } from 'node:http';
import { oauthErrorBody } from '../common/errors/oauth-error.js';
import { problemBody, problemOfStatus } from '../common/errors/problem-details.js';

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
