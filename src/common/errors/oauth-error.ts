import type { Problem } from './problem-details.js';

/** Beginning of the codes that are those of OAuth. */
const OWN = 'oauth.';

/** The body of a failure of an OAuth endpoint (RFC 6749 section 5.2). */
export interface OAuthErrorBody {
  error: string;
  error_description: string;
}

/** What OAuth calls a problem: its own code where it has one, and the closest word for what any endpoint can meet. */
export function oauthErrorName({ code, status }: Pick<Problem, 'code' | 'status'>): string {
  if (code.startsWith(OWN)) return code.slice(OWN.length);
  if (status === 401) return 'invalid_client';
  if (status === 429 || status === 503) return 'temporarily_unavailable';
  return status >= 500 ? 'server_error' : 'invalid_request';
}

/** A problem as OAuth clients read it; its description may hold few characters (RFC 6749 appendix A.8). */
export function oauthErrorBody(problem: Pick<Problem, 'code' | 'status' | 'detail'>): OAuthErrorBody {
  const description = problem.detail.replace(/[\n\r\t]+/g, ' ').replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, "'");
  return { error: oauthErrorName(problem), error_description: description };
}
