import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';

const LONGEST = 64;

/** What authenticator apps and passkey dialogs call the shop: the name in `MAIL_FROM`, or else the host of `PUBLIC_URL`. */
export function shopName({ MAIL_FROM, PUBLIC_URL }: Pick<Environment, 'MAIL_FROM' | 'PUBLIC_URL'>): string {
  const name = /^\s*"?([^"<>]*?)"?\s*</.exec(MAIL_FROM)?.[1] ?? '';
  return (name === '' ? new URL(PUBLIC_URL).hostname : name).slice(0, LONGEST);
}

/** What passkeys are bound to: our domain, and the origins of the pages and apps that may use them (WebAuthn section 5.4.2). */
@Injectable()
export class RelyingParty {
  readonly id: string;
  readonly name: string;
  readonly origins: string[];

  constructor(environment: Environment) {
    const { PUBLIC_URL, STOREFRONT_URL, CORS_ORIGINS, WEBAUTHN_RP_ID, WEBAUTHN_ORIGINS } = environment;
    const urls = [PUBLIC_URL, ...(STOREFRONT_URL === undefined ? [] : [STOREFRONT_URL]), ...CORS_ORIGINS];
    this.id = WEBAUTHN_RP_ID ?? new URL(PUBLIC_URL).hostname;
    this.name = shopName(environment);
    this.origins = WEBAUTHN_ORIGINS.length > 0 ? WEBAUTHN_ORIGINS : urls.map((url) => new URL(url).origin);
  }
}
