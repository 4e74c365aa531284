import { isEmail } from 'class-validator';
import { isErasedEmail } from '../../common/validation/email-address.js';

/** What a provider has proven about the person in front of it. */
export interface ProvenIdentity {
  /** The provider's name in the settings. */
  readonly provider: string;
  /** For whom the subject is unique. */
  readonly issuer: string;
  readonly subject: string;
  /** Null when there is none, or none that mail could be sent to. */
  readonly email: string | null;
  readonly isEmailVerified: boolean;
  readonly name: string | null;
}

/** What ties an answer of the provider to the request it answers. */
export interface RequestSecrets {
  readonly state: string;
  /** Stands in the ID token. */
  readonly nonce: string;
  /** Whose hash goes to the provider first, and which goes there with the code (PKCE, RFC 7636). */
  readonly codeVerifier: string;
}

/** Somebody who can say who a person is. */
export interface IdentityProvider {
  readonly name: string;
  readonly label: string;

  /**
   * Where the browser goes to prove who it is.
   *
   * @param callbackUrl Where the provider sends it back to.
   * @throws OidcUnavailableError
   */
  authorizationUrl(callbackUrl: string, secrets: RequestSecrets): Promise<string>;

  /**
   * Trades what came back from the provider for proof of who it is.
   *
   * @param answer The callback address with what the provider added to it.
   * @throws OidcDeniedError, OidcFailedError, OidcUnavailableError
   */
  identify(answer: URL, secrets: RequestSecrets): Promise<ProvenIdentity>;
}

const LONGEST_SUBJECT = 255;
const LONGEST_EMAIL = 254;
const LONGEST_NAME = 200;

/** True for what can stand for a person at a provider (OpenID Connect Core, section 2). */
export function isSubject(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_SUBJECT && /^[\x20-\x7e]+$/.test(value);
}

/** An address as a provider tells it; null unless mail could be sent there. */
export function emailOf(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const email = value.trim();
  return email.length <= LONGEST_EMAIL && isEmail(email) && !isErasedEmail(email.toLowerCase()) ? email : null;
}

/** A name as a provider tells it, on one line; null when there is none. */
export function nameOf(value: unknown): string | null {
  if (typeof value !== 'string' || !value.isWellFormed()) return null;
  const name = value.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
  return name === '' ? null : [...name].slice(0, LONGEST_NAME).join('').slice(0, LONGEST_NAME).toWellFormed();
}
