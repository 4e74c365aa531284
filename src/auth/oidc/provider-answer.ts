import type { FieldError } from '../../common/errors/domain.error.js';
import { InvalidRequestError } from '../../common/errors/request.errors.js';
import type { ProviderAnswer } from './authorization-requests.service.js';

/** What counts in an answer (RFC 6749 section 4.1.2, RFC 9207); providers add to it what they like. */
const MEMBERS = ['state', 'code', 'error', 'iss'];
/** Characters of each of them. */
export const LONGEST_VALUE = 4_096;

/**
 * Reads what a provider added to the callback address. What is not known is ignored, as RFC 6749 section 4.1.2 has it.
 *
 * @throws InvalidRequestError for an answer without state, with neither code nor error, or with a member twice.
 */
export function readProviderAnswer(query: Readonly<Record<string, unknown>>): ProviderAnswer {
  const problems: FieldError[] = [];
  const answer = new URLSearchParams();
  for (const name of MEMBERS) {
    const value = query[name];
    if (value === undefined) continue;
    if (typeof value !== 'string' || value === '' || value.length > LONGEST_VALUE) {
      problems.push({
        pointer: `?${name}`,
        code: typeof value === 'string' ? 'text' : 'isString',
        message: `must be one text of up to ${LONGEST_VALUE} characters`,
      });
    } else {
      answer.set(name, value);
    }
  }
  if (query.state === undefined) problems.push({ pointer: '?state', code: 'required', message: 'must be sent' });
  if (query.code === undefined && query.error === undefined) {
    problems.push({ pointer: '?code', code: 'required', message: 'must be sent' });
  }
  if (problems.length > 0) throw new InvalidRequestError(problems);
  return { state: answer.get('state')!, query: answer };
}
