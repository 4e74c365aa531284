import { generateSecret, generateSync, verifySync } from 'otplib';

/** Seconds for which one code stands (RFC 6238 section 4.1). */
const STEP_SECONDS = 30;
/** RFC 4226 section 4, R6, recommends 160 bits. */
const SECRET_BYTES = 20;

/** How a code is made. Authenticator apps agree on these values only; the others are for the test vectors. */
export interface TotpForm {
  readonly digits: 6 | 8;
  readonly algorithm: 'sha1' | 'sha256' | 'sha512';
}

const TOTP_FORM: TotpForm = { digits: 6, algorithm: 'sha1' };

/** A new shared secret in base32. */
export function newTotpSecret(): string {
  return generateSecret({ length: SECRET_BYTES });
}

/** The code that an authenticator app shows at `now`. */
export function totpCodeAt(secret: string, now: Date, form = TOTP_FORM): string {
  return generateSync({ ...form, secret, period: STEP_SECONDS, epoch: Math.floor(now.getTime() / 1000) });
}

/**
 * The time step that a code belongs to, if that is the one of `now` or one of its neighbours; null when the code is wrong.
 *
 * One step either way is the most that RFC 6238 section 5.2 recommends: clocks differ, and typing takes time.
 *
 * @param secret In base32.
 * @param code As many ASCII digits as the form asks for.
 */
export function totpStepOf(secret: string, code: string, now: Date, form = TOTP_FORM): number | null {
  const epoch = Math.floor(now.getTime() / 1000);
  const found = verifySync({
    ...form,
    secret,
    token: code,
    period: STEP_SECONDS,
    epoch,
    epochTolerance: STEP_SECONDS,
  });
  return found.valid && 'timeStep' in found ? found.timeStep : null;
}

/**
 * What authenticator apps read out of the QR code.
 *
 * Issuer and account are encoded each by itself, so that a colon in either cannot be taken for the one between them.
 * Source: github.com/google/google-authenticator/wiki/Key-Uri-Format
 */
export function otpauthUrl({ issuer, account, secret }: { issuer: string; account: string; secret: string }): string {
  const [shop, owner] = [percentEncoded(issuer), percentEncoded(account)];
  return `otpauth://totp/${shop}:${owner}?secret=${secret}&issuer=${shop}`;
}

/** Everything but the unreserved characters of RFC 3986 section 2.3, and lone surrogates as U+FFFD. */
function percentEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
