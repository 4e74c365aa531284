import { createParamDecorator, type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { AuditLog } from '../audit/audit-log.js';
import { newId } from '../common/ids.js';
import type { Page, PageRequest } from '../common/pagination/page.dto.js';
import { OpaqueToken } from '../common/security/opaque-token.js';
import { Environment } from '../config/environment.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { AccessChanges } from '../users/roles/access-changes.service.js';
import { UsersService } from '../users/users.service.js';
import {
  InvalidRefreshTokenError,
  RefreshReusedError,
  RefreshSupersededError,
  SessionNotFoundError,
} from './auth.errors.js';
import type { Session, SignInMethod } from './entities/session.entity.js';
import { type LivingSession, SessionsRepository } from './sessions.repository.js';

/** How long another instance may still honour a session that was ended, a user that was disabled or a role that was taken away. */
const RECOGNISED_FOR_MS = 1_000;
const REMEMBERED_SESSIONS = 20_000;
const REFRESH_TOKEN = new OpaqueToken('shr_');
const LONGEST_USER_AGENT = 256;

/** Where a session is used from. */
export interface Device {
  userAgent: string | undefined;
  address: string;
}

/** A session and the one refresh token that continues it. */
export interface SessionGrant {
  userId: string;
  sessionId: string;
  refreshToken: string;
}

/** Who stands behind a session that is in use. */
export type SessionHolder = Pick<LivingSession, 'userId' | 'email' | 'authenticatedAt' | 'impersonatorId'> & {
  scopes: ReadonlySet<string>;
};

/**
 * Sessions and the chain of refresh tokens that keeps each alive.
 *
 * A refresh token works once and is stored as a hash. Presenting a used one means that two parties hold it, so the session ends
 * (RFC 9700 section 4.14.2).
 */
@Injectable()
export class SessionsService {
  private readonly logger = new Logger(SessionsService.name);
  private readonly recognised = new LRUCache<string, Promise<SessionHolder | null>>({
    max: REMEMBERED_SESSIONS,
    ttl: RECOGNISED_FOR_MS,
  });

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly sessions: SessionsRepository,
    private readonly users: UsersService,
    private readonly environment: Environment,
    private readonly audit: AuditLog,
    access: AccessChanges,
  ) {
    access.listen(() => this.recognised.clear());
  }

  /**
   * Starts a session, which ends `REFRESH_TOKEN_TTL` seconds from now whatever happens, and `SESSION_IDLE_TTL` seconds after it was last
   * refreshed.
   */
  async start(userId: string, device: Device, methods: readonly SignInMethod[] = ['password']): Promise<SessionGrant> {
    const { token: refreshToken, hash } = REFRESH_TOKEN.issue();
    const id = newId();
    await this.sessions.insert(
      {
        id,
        userId,
        ...noted(device),
        methods,
        impersonatorId: null,
        ttlSeconds: this.environment.REFRESH_TOKEN_TTL,
        idleSeconds: this.environment.SESSION_IDLE_TTL,
      },
      { id: newId(), hash },
    );
    return { userId, sessionId: id, refreshToken };
  }

  /** Starts a session in which a member of staff acts as the user. It cannot be refreshed. @returns its id. */
  async startImpersonation(
    userId: string,
    impersonatorId: string,
    device: Device,
    ttlSeconds: number,
  ): Promise<string> {
    const id = newId();
    const times = { ttlSeconds, idleSeconds: ttlSeconds };
    await this.sessions.insert({ id, userId, ...noted(device), methods: [], impersonatorId, ...times }, null);
    return id;
  }

  /** Notes that the user of a session has just proved anew who they are. @throws SessionNotFoundError when it has ended meanwhile. */
  async renewProof(sessionId: string, methods: readonly SignInMethod[]): Promise<void> {
    if (!(await this.sessions.renewProof(sessionId, methods))) throw new SessionNotFoundError();
    this.recognised.delete(sessionId);
  }

  /**
   * Who stands behind a session, or null when the session or its user is no longer living.
   *
   * The answer is remembered for a second: one query per session and second, and the longest time for which an instance that does not
   * itself end the session can still honour it.
   */
  recognise(sessionId: string): Promise<SessionHolder | null> {
    const known = this.recognised.get(sessionId);
    if (known) return known;
    const asked = this.sessions
      .findLiving(sessionId)
      .then((found) => found && { ...found, scopes: new Set(found.scopes) });
    this.recognised.set(sessionId, asked);
    // A failure is for those who asked, not for those who come after the database is back.
    asked.catch(() => this.recognised.delete(sessionId));
    return asked;
  }

  /** The scopes of those of the sessions that are living now, by their id; asks the database. */
  async check(ids: ReadonlySet<string>): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const living = ids.size > 0 ? await this.sessions.findLivingAmong([...ids]) : [];
    return new Map(living.map(({ id, scopes }) => [id, new Set(scopes)]));
  }

  /**
   * Trades a refresh token for the next one of its session; the session's end does not move.
   *
   * Of several requests that present the same token at the same moment, one succeeds and the others are told so. A token that had been
   * used before its request even arrived ends the session.
   *
   * @param arrivedAt When the request reached this process.
   * @throws InvalidRefreshTokenError, RefreshSupersededError, RefreshReusedError
   */
  async refresh(refreshToken: string, arrivedAt: Date): Promise<SessionGrant> {
    const hash = REFRESH_TOKEN.hashOf(refreshToken);
    const found = hash && (await this.sessions.findToken(hash));
    if (!found) throw new InvalidRefreshTokenError();
    if (found.usedAt) {
      if (found.usedAt > arrivedAt) throw new RefreshSupersededError();
      await this.transactions.afterRollback(() => this.endStolen(found.sessionId));
      throw new RefreshReusedError();
    }
    return this.transactions.run(() => this.rotate(found.sessionId, found.id));
  }

  private async rotate(sessionId: string, tokenId: string): Promise<SessionGrant> {
    const session = await this.sessions.lockLiving(sessionId);
    if (!session) throw new InvalidRefreshTokenError();
    // It was unused a moment ago, so whoever was faster arrived while this request was under way.
    if (!(await this.sessions.useToken(tokenId, new Date()))) throw new RefreshSupersededError();
    const { token: refreshToken, hash } = REFRESH_TOKEN.issue();
    const idleSeconds = this.environment.SESSION_IDLE_TTL;
    await this.sessions.appendToken(sessionId, { id: newId(), hash }, idleSeconds);
    return { userId: session.userId, sessionId, refreshToken };
  }

  private async endStolen(sessionId: string): Promise<void> {
    const isEnded = await this.sessions.revoke(sessionId, 'refresh_reused');
    this.recognised.delete(sessionId);
    await this.audit.record({
      action: 'auth.refresh_reused',
      actor: { kind: 'anonymous' },
      target: { type: 'session', id: sessionId },
      after: { isEnded },
    });
    this.logger.warn({
      msg: 'A used refresh token was presented again',
      event: 'auth.refresh_reused',
      sessionId,
      isEnded,
    });
  }

  /** Ends the session that makes the request. */
  async logout(sessionId: string): Promise<void> {
    await this.sessions.revoke(sessionId, 'logout');
    this.recognised.delete(sessionId);
  }

  /** @throws SessionNotFoundError when the user has no such living session. */
  async end(sessionId: string, userId: string): Promise<void> {
    if (!(await this.sessions.revoke(sessionId, 'ended', userId))) throw new SessionNotFoundError();
    this.recognised.delete(sessionId);
  }

  /** Ends all of a user's sessions but the one that asks. */
  async endOthers(userId: string, keptId: string): Promise<void> {
    this.forget(await this.sessions.revokeAll(userId, 'ended', keptId));
  }

  /** Ends all sessions of a user on behalf of staff, on every instance within a second. @throws UserNotFoundError */
  endAllOf(userId: string): Promise<void> {
    return this.transactions.run(async () => {
      await this.users.get(userId);
      this.forget(await this.sessions.revokeAll(userId, 'ended', null));
      await this.audit.record({ action: 'auth.sessions_ended', target: { type: 'user', id: userId } });
    });
  }

  /**
   * Ends all of a user's sessions, and sign-ins that wait for their second factor, because what they were started with has changed; in the
   * transaction of that change, if one is open.
   *
   * @param keptId The session in which the user makes the change, if it is to go on.
   */
  async endForNewCredentials(userId: string, keptId: string | null = null): Promise<void> {
    await this.sessions.abandonSignIns(userId);
    this.forget(await this.sessions.revokeAll(userId, 'credentials_changed', keptId));
  }

  /** Only after the commit: until then the sessions are living, and would be remembered as such again. */
  private forget(ids: readonly string[]): void {
    this.transactions.afterCommit(() => ids.forEach((id) => this.recognised.delete(id)));
  }

  /** One page of a user's living sessions, newest first. */
  list(userId: string, request: PageRequest): Promise<Page<Session>> {
    return this.sessions.findLivingOf(userId, request);
  }

  /** The same for staff. @throws UserNotFoundError */
  async listOf(userId: string, request: PageRequest): Promise<Page<Session>> {
    await this.users.get(userId);
    return this.list(userId, request);
  }
}

/** What a session remembers of where it was started. */
function noted(device: Device): { userAgent: string | null; address: string } {
  return { userAgent: device.userAgent?.slice(0, LONGEST_USER_AGENT) ?? null, address: device.address };
}

/** Hands a handler where the request comes from, as a session remembers it. */
export const ClientDevice = createParamDecorator((_: unknown, context: ExecutionContext): Device => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return { userAgent: request.headers['user-agent'], address: request.ip };
});
