const QUALITY = /^q=(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;
const PROBLEM_JSON = 'application/problem+json';

/**
 * True unless `Accept` rules JSON out (RFC 9110 section 12.5.1): the most specific range that covers JSON decides.
 *
 * A client that names only `application/problem+json` has asked for JSON all the same.
 */
export function acceptsJson(accept: string | undefined): boolean {
  return accepts(accept, 'application/json', PROBLEM_JSON);
}

/**
 * True unless `Accept` rules the media type out: of its own name, that of its kind and all of them, the first one present decides.
 *
 * @param otherName Decides where none of them is present.
 */
export function accepts(accept: string | undefined, mediaType: string, otherName = mediaType): boolean {
  if (accept === undefined || accept.trim() === '' || accept === '*/*') return true;
  const qualities = qualitiesOf(accept);
  const names = [mediaType, mediaType.replace(/\/.*/, '/*'), '*/*'];
  const deciding = names.find((name) => qualities.has(name)) ?? otherName;
  return (qualities.get(deciding) ?? 0) > 0;
}

/** True when `Accept` names the media type and likes JSON no better. */
export function prefers(accept: string | undefined, mediaType: string): boolean {
  const qualities = qualitiesOf(accept ?? '');
  const quality = qualities.get(mediaType) ?? 0;
  return quality > 0 && quality >= (qualities.get('application/json') ?? 0);
}

/** True for browsers that open a page. */
export const prefersHtml = (accept: string | undefined): boolean => prefers(accept, 'text/html');

/** The languages that `Accept-Language` asks for, the dearest first, in lower case (RFC 9110 section 12.5.4). */
export function languagesOf(acceptLanguage: string | undefined): string[] {
  return [...qualitiesOf(acceptLanguage ?? '')]
    .filter(([language, quality]) => language !== '' && quality > 0)
    .sort(([, left], [, right]) => right - left)
    .map(([language]) => language);
}

/** What each range of `Accept` or `Accept-Language` is worth, from 0 to 1. */
function qualitiesOf(accept: string): ReadonlyMap<string, number> {
  const qualities = new Map<string, number>();
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => QUALITY.test(parameter));
    qualities.set(type, quality === undefined ? 1 : Number(quality.slice(2)));
  }
  return qualities;
}

/** True when the body came in a coding such as gzip, which this server does not undo: a small one could unpack to any size. */
export function isEncodedBody(contentEncoding: string | undefined): boolean {
  return (
    contentEncoding !== undefined &&
    contentEncoding.trim() !== '' &&
    contentEncoding.trim().toLowerCase() !== 'identity'
  );
}
