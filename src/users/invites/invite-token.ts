import { createHash, randomBytes } from 'node:crypto';

const TOKEN_PREFIX = 'shn_';
const TOKEN_BYTES = 32;
const TOKEN_FORM = /^shn_[A-Za-z0-9_-]{43}$/;

/** A token for an invite: 256 random bits. Only its hash is kept. */
export function newInviteToken(): string {
  return TOKEN_PREFIX + randomBytes(TOKEN_BYTES).toString('base64url');
}

/** SHA-256 of a token, under which it is stored; null for a text that is none. */
export function inviteTokenHash(token: string): Buffer | null {
  return TOKEN_FORM.test(token) ? createHash('sha256').update(token).digest() : null;
}
