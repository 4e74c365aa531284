import type { Environment } from '../config/environment.js';

const DAY_MS = 86_400_000;
/** Well under the year that RFC 9116 section 2.5.5 recommends at most: who keeps a copy should look again. */
const VALID_DAYS = 180;

/**
 * `security.txt` of RFC 9116.
 *
 * Without SECURITY_CONTACT the mailbox that RFC 2142 has every domain keep for this.
 *
 * @param now The file is valid for half a year from the end of this day (UTC), so that its entity tag lasts a day.
 */
export function securityText(
  {
    PUBLIC_URL,
    SECURITY_CONTACT,
    DEFAULT_LOCALE,
  }: Pick<Environment, 'PUBLIC_URL' | 'SECURITY_CONTACT' | 'DEFAULT_LOCALE'>,
  now: Date,
): string {
  const { hostname } = new URL(PUBLIC_URL);
  const contact = SECURITY_CONTACT ?? `security@${hostname}`;
  const expires = new Date((Math.floor(now.getTime() / DAY_MS) + VALID_DAYS + 1) * DAY_MS);
  const [language] = DEFAULT_LOCALE.toLowerCase().split(/[-_]/, 1);
  return [
    `Contact: ${/^[a-z]+:/.test(contact) ? contact : `mailto:${contact}`}`,
    `Expires: ${expires.toISOString()}`,
    `Preferred-Languages: ${[...new Set([language, 'en'])].join(', ')}`,
    `Canonical: ${new URL('/.well-known/security.txt', PUBLIC_URL).href}`,
    '',
  ].join('\n');
}
