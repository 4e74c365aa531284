import type { Environment } from '../../config/environment.js';

const LONGEST = 64;

/** What authenticator apps and passkey dialogs call the shop: the name in `MAIL_FROM`, or else the host of `PUBLIC_URL`. */
export function shopName({ MAIL_FROM, PUBLIC_URL }: Pick<Environment, 'MAIL_FROM' | 'PUBLIC_URL'>): string {
  const name = /^\s*"?([^"<>]*?)"?\s*</.exec(MAIL_FROM)?.[1] ?? '';
  return (name === '' ? new URL(PUBLIC_URL).hostname : name).slice(0, LONGEST);
}
