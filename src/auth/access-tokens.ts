import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import { InvalidTokenError, TokenExpiredError } from '../common/errors/request.errors.js';
import { newId, isUuid } from '../common/ids.js';
import { Environment } from '../config/environment.js';
import { SigningKeys } from './signing-keys/signing-keys.js';

export const TOKEN_TYPE = 'at+jwt';
export const TOKEN_AUDIENCE = 'storehouse';
export const TOKEN_ALGORITHM = 'ES256';
/** Seconds by which the clocks of two instances may differ. */
export const CLOCK_LEEWAY_SECONDS = 5;
/** `ACCESS_TOKEN_TTL` is never longer; a token that claims to live longer was not made here. */
const LONGEST_LIFE_SECONDS = 3600;
const LONGEST_TOKEN = 4096;
/** The signature of ES256 is 64 bytes (RFC 7518 section 3.4), which is 86 characters. */
const COMPACT_FORM = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$/;
const HEADER_MEMBERS = new Set(['alg', 'typ', 'kid']);

/** What an access token says, once it has been checked. */
export interface AccessClaims {
  /** The user's id. */
  sub: string;
  /** The session's id. */
  sid: string;
}

/** Signs access tokens (RFC 9068) and checks what the signature alone does not (RFC 8725). */
@Injectable()
export class AccessTokens {
  constructor(
    private readonly keys: SigningKeys,
    private readonly environment: Environment,
  ) {}

  /** Lifetime of a new token, in seconds. */
  get ttlSeconds(): number {
    return this.environment.ACCESS_TOKEN_TTL;
  }

  sign(userId: string, sessionId: string): string {
    const { kid, privateKey } = this.keys.current;
    return jwt.sign({ sid: sessionId }, privateKey, {
      algorithm: TOKEN_ALGORITHM,
      header: { alg: TOKEN_ALGORITHM, typ: TOKEN_TYPE, kid },
      issuer: this.environment.PUBLIC_URL,
      audience: TOKEN_AUDIENCE,
      subject: userId,
      expiresIn: this.ttlSeconds,
      jwtid: newId(),
    });
  }

  /** What every verification of a token asks beside its key. */
  get demands() {
    return {
      algorithms: [TOKEN_ALGORITHM],
      issuer: this.environment.PUBLIC_URL,
      audience: TOKEN_AUDIENCE,
    } satisfies jwt.VerifyOptions;
  }

  /** Everything that can be told of a token without asking whether its session lives. @throws InvalidTokenError, TokenExpiredError */
  async verify(token: string): Promise<AccessClaims & { endsAt: Date }> {
    const key = await this.keyOf(token);
    if (!key) throw new InvalidTokenError();
    const payload = verified(token, key, { ...this.demands, clockTolerance: CLOCK_LEEWAY_SECONDS });
    const claims = this.claimsOf(payload, new Date());
    if (!claims) throw new InvalidTokenError();
    return { ...claims, endsAt: new Date(payload.exp! * 1000) };
  }

  /**
   * The key that a token says it was signed with, or null when its form or header is not that of a token made here.
   *
   * Only `alg`, `typ` and `kid` are allowed: a key or an address brought along (`jwk`, `jku`, `x5u`) and an extension we would have to
   * understand (`crit`) are refused before anything is verified.
   */
  async keyOf(token: string): Promise<KeyObject | null> {
    if (token.length > LONGEST_TOKEN || !COMPACT_FORM.test(token)) return null;
    const [header, , signature] = token.split('.') as [string, string, string];
    // 86 characters have four bits to spare: another spelling of the same signature is not the token that was issued.
    if (Buffer.from(signature, 'base64url').toString('base64url') !== signature) return null;
    const { alg, typ, kid } = parseHeader(header);
    if (alg !== TOKEN_ALGORITHM || typ !== TOKEN_TYPE || typeof kid !== 'string') return null;
    return (await this.keys.findPublic(kid)) ?? null;
  }

  /**
   * Checks the claims of a token whose signature, issuer, audience and end have been verified.
   *
   * @returns null when a claim is missing, of another type, or impossible (issued in the future, living for ever).
   */
  claimsOf(payload: unknown, now: Date): AccessClaims | null {
    if (typeof payload !== 'object' || payload === null) return null;
    const { aud, sub, sid, iat, exp, jti } = payload as Record<string, unknown>;
    if (aud !== TOKEN_AUDIENCE || !isId(sub) || !isId(sid) || !isId(jti)) return null;
    if (!Number.isSafeInteger(iat) || !Number.isSafeInteger(exp)) return null;
    const issuedAt = iat as number;
    const lifeSeconds = (exp as number) - issuedAt;
    if (issuedAt > now.getTime() / 1000 + CLOCK_LEEWAY_SECONDS) return null;
    return lifeSeconds > 0 && lifeSeconds <= LONGEST_LIFE_SECONDS ? { sub, sid } : null;
  }
}

function verified(token: string, key: KeyObject, options: jwt.VerifyOptions): jwt.JwtPayload {
  try {
    return jwt.verify(token, key, options) as jwt.JwtPayload;
  } catch (error) {
    throw error instanceof jwt.TokenExpiredError ? new TokenExpiredError() : new InvalidTokenError();
  }
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && isUuid(value);
}

/** The members of a header, or none when it is not an object or has a member that we do not know. */
function parseHeader(encoded: string): Record<string, unknown> {
  try {
    const header = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8')) as unknown;
    if (typeof header !== 'object' || header === null) return {};
    return Object.keys(header).every((name) => HEADER_MEMBERS.has(name)) ? (header as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
