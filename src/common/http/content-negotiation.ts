const QUALITY = /^q=(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;
/** What JSON is called in `Accept`, the most specific name first; the first one present decides. */
const NAMES_OF_JSON = ['application/json', 'application/*', '*/*'];
const PROBLEM_JSON = 'application/problem+json';

/**
 * True unless `Accept` rules JSON out (RFC 9110 section 12.5.1): the most specific range that covers JSON decides.
 *
 * A client that names only `application/problem+json` has asked for JSON all the same.
 */
export function acceptsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '' || accept === '*/*') return true;
  const qualities = new Map<string, number>();
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => QUALITY.test(parameter));
    qualities.set(type, quality === undefined ? 1 : Number(quality.slice(2)));
  }
  const deciding = NAMES_OF_JSON.find((name) => qualities.has(name)) ?? PROBLEM_JSON;
  return (qualities.get(deciding) ?? 0) > 0;
}

/** True when the body came in a coding such as gzip, which this server does not undo: a small one could unpack to any size. */
export function isEncodedBody(contentEncoding: string | undefined): boolean {
  return (
    contentEncoding !== undefined &&
    contentEncoding.trim() !== '' &&
    contentEncoding.trim().toLowerCase() !== 'identity'
  );
}
