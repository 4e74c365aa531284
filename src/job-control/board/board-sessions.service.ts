import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuthService } from '../../auth/auth.service.js';
import { MfaChallengeService } from '../../auth/mfa/mfa-challenge.service.js';
import { type Device, SessionsService } from '../../auth/sessions.service.js';
import { isUuid } from '../../common/ids.js';
import { Secrets } from '../../common/secrets.js';
import { type AuthenticatedUser, hasScope } from '../../common/security/principal.js';

/** `__Host-`: only this host over TLS can set it, and for all paths; no page of a subdomain can plant one (RFC 6265bis section 4.1.3.2). */
const COOKIE = '__Host-queues';
/** A day's work; the session itself may end before. */
const COOKIE_SECONDS = 8 * 3_600;
const COOKIE_FORM = /^([0-9a-f-]{36})\.(\d{1,12})\.([\w-]{43})$/;

/** How far a sign-in has come: in, asked for the code of a second factor, or refused for want of a scope. */
export type BoardSignIn =
  | { state: 'in'; sessionId: string }
  | { state: 'code'; challengeToken: string }
  | { state: 'passkey' }
  | { state: 'refused' };

/**
 * Signs staff in to the board with the sign-ins of the API, throttles and second factors included. The cookie names an ordinary session
 * and is good for nothing else: whoever ends the session, or takes the scope away, closes the board within a second.
 */
@Injectable()
export class BoardSessions {
  constructor(
    private readonly auth: AuthService,
    private readonly challenges: MfaChallengeService,
    private readonly sessions: SessionsService,
    private readonly secrets: Secrets,
  ) {}

  /** @throws InvalidCredentialsError, RateLimitedError */
  async begin(email: string, password: string, device: Device): Promise<BoardSignIn> {
    const outcome = await this.auth.login(email, password, device);
    if ('sessionId' in outcome) return this.complete(outcome.sessionId);
    // The other factors are codes.
    if (outcome.methods.every((method) => method === 'passkey')) return { state: 'passkey' };
    return { state: 'code', challengeToken: outcome.challengeToken };
  }

  /** @throws InvalidChallengeError, InvalidSecondFactorError, RateLimitedError */
  async answer(challengeToken: string, code: string, device: Device): Promise<BoardSignIn> {
    const { sessionId } = await this.challenges.answerWithCode(challengeToken, code, device, new Date());
    return this.complete(sessionId);
  }

  /** Who asks, if the cookie is good and its session is living; null otherwise. */
  async find(request: FastifyRequest): Promise<AuthenticatedUser | null> {
    const sessionId = this.sessionOf(request.headers.cookie);
    const holder = sessionId && (await this.sessions.recognise(sessionId));
    if (!holder || holder.impersonatorId !== null) return null;
    const { userId: id, email, scopes, authenticatedAt, impersonatorId } = holder;
    return { kind: 'user', id, email, sessionId, scopes, address: request.ip, authenticatedAt, impersonatorId };
  }

  setCookie(reply: FastifyReply, sessionId: string): void {
    const end = Math.floor(Date.now() / 1_000) + COOKIE_SECONDS;
    const value = `${sessionId}.${end}`;
    const signature = this.secrets.sign('board-session', value).toString('base64url');
    void reply.header('set-cookie', cookie(`${value}.${signature}`, COOKIE_SECONDS));
  }

  /** Ends the session, and has the browser forget it. */
  async signOut(user: AuthenticatedUser | null, reply: FastifyReply): Promise<void> {
    if (user) await this.sessions.logout(user.sessionId);
    void reply.header('set-cookie', cookie('', 0));
  }

  private async complete(sessionId: string): Promise<BoardSignIn> {
    const holder = await this.sessions.recognise(sessionId);
    if (holder && maySee(holder)) return { state: 'in', sessionId };
    await this.sessions.logout(sessionId);
    return { state: 'refused' };
  }

  private sessionOf(cookies = ''): string | null {
    const values = cookies
      .split(';')
      .map((pair) => pair.trim())
      .filter((pair) => pair.startsWith(`${COOKIE}=`));
    const [, sessionId = '', end = '', signature = ''] =
      COOKIE_FORM.exec(values[0]?.slice(COOKIE.length + 1) ?? '') ?? [];
    if (values.length !== 1 || !isUuid(sessionId) || Number(end) * 1_000 < Date.now()) return null;
    const isOurs = this.secrets.verify('board-session', `${sessionId}.${end}`, Buffer.from(signature, 'base64url'));
    return isOurs ? sessionId : null;
  }
}

/** Who may change jobs may see them. */
export const maySee = (user: Pick<AuthenticatedUser, 'scopes'>): boolean =>
  ['jobs:read', 'jobs:write'].some((scope) => hasScope(user as AuthenticatedUser, scope));

const cookie = (value: string, seconds: number): string =>
  `${COOKIE}=${value}; Max-Age=${seconds}; Path=/; Secure; HttpOnly; SameSite=Strict`;
