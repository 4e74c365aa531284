import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, MoreThan, type Repository } from 'typeorm';
import type { Page, PageRequest } from '../common/pagination/page.dto.js';
import { Pages } from '../database/pages.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { RefreshToken, Session, type SignInMethod } from './entities/session.entity.js';
import { AuthChallenge } from './sign-in/entities/auth-challenge.entity.js';

/** A session whose user may act now, with what a request needs to know of that user. */
export interface LivingSession {
  userId: string;
  email: string;
  scopes: string[];
  expiresAt: Date;
  authenticatedAt: Date;
  impersonatorId: string | null;
}

/** A session to insert. */
export interface NewSession extends Pick<Session, 'id' | 'userId' | 'userAgent' | 'address' | 'impersonatorId'> {
  /** What was proved to start it. */
  methods: readonly SignInMethod[];
  ttlSeconds: number;
  /** How long it lives without being refreshed. */
  idleSeconds: number;
}

/** A session as data of the person who acted in it. */
export type ExportedSession = Omit<
  Session,
  'userId' | 'authenticatedAt' | 'impersonatorId' | 'idleExpiresAt' | 'endsAt' | 'revokedReason'
>;

export type RevocationReason = 'logout' | 'ended' | 'refresh_reused' | 'credentials_changed';

/** More addresses than a person signs in from in the time that sessions are remembered. */
const MOST_ADDRESSES = 1_000;
const IS_LIVING = `s.revoked_at IS NULL AND s.expires_at > now() AND s.idle_expires_at > now()`;
/** The user may act, and has not ended all sessions since this one began. */
const USER_IS_LIVING = `u.status = 'active' AND (u.sessions_valid_from IS NULL OR s.created_at >= u.sessions_valid_from)`;
/** A living session with what a request needs to know of its user. */
const LIVING = `
  SELECT s.id, s.user_id AS "userId", s.expires_at AS "expiresAt", u.email,
    s.authenticated_at AS "authenticatedAt", s.impersonator_id AS "impersonatorId",
    ARRAY(SELECT DISTINCT scope FROM user_roles ur JOIN roles r ON r.name = ur.role_name, unnest(r.scopes) AS scope
          WHERE ur.user_id = u.id AND s.impersonator_id IS NULL) AS scopes
  FROM sessions s JOIN users u ON u.id = s.user_id
  WHERE ${IS_LIVING} AND ${USER_IS_LIVING}
    AND (s.impersonator_id IS NULL OR EXISTS (SELECT 1 FROM users i WHERE i.id = s.impersonator_id AND i.status = 'active'))`;

/** Sessions and refresh tokens. What decides a race, or is asked at each request, is one statement of SQL. */
@Injectable()
export class SessionsRepository {
  constructor(
    @InjectRepository(Session) private readonly sessions: Repository<Session>,
    @InjectRepository(RefreshToken) private readonly tokens: Repository<RefreshToken>,
    @InjectRepository(AuthChallenge) private readonly challenges: Repository<AuthChallenge>,
    private readonly transactions: TransactionRunner,
    private readonly pages: Pages,
  ) {}

  /** Inserts a session with its first refresh token, if it gets one, in one statement. */
  async insert(session: NewSession, token: { id: string; hash: Buffer } | null): Promise<void> {
    await this.transactions.execute(
      `WITH started AS (
         INSERT INTO sessions (id, user_id, user_agent, address, methods, impersonator_id, created_at, authenticated_at, last_used_at,
           expires_at, idle_expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp(), clock_timestamp(), clock_timestamp(),
           clock_timestamp() + make_interval(secs => $7), clock_timestamp() + make_interval(secs => $8)) RETURNING id)
       INSERT INTO refresh_tokens (id, session_id, token_hash, created_at)
       SELECT $9, started.id, $10, now() FROM started WHERE $9::uuid IS NOT NULL`,
      [
        session.id,
        session.userId,
        session.userAgent,
        session.address,
        session.methods,
        session.impersonatorId,
        session.ttlSeconds,
        session.idleSeconds,
        token?.id ?? null,
        token?.hash ?? null,
      ],
    );
  }

  /** Notes that the user has just proved who they are. @returns false when the session is no longer living. */
  renewProof(id: string, methods: readonly SignInMethod[]): Promise<boolean> {
    return this.transactions.executeOne(
      `UPDATE sessions s SET authenticated_at = clock_timestamp(), methods = $2 WHERE s.id = $1 AND ${IS_LIVING}`,
      [id, methods],
    );
  }

  /**
   * The session if it and its user are living, with the scopes of the user's roles: what every request with a token asks.
   *
   * Who acts as another has none of that one's scopes, and may no longer once disabled.
   */
  findLiving(id: string): Promise<LivingSession | null> {
    return this.transactions.queryOne(`${LIVING} AND s.id = $1`, [id]);
  }

  /** The same of many, in one statement: what open streams ask every second. */
  findLivingAmong(ids: readonly string[]): Promise<(LivingSession & { id: string })[]> {
    return this.transactions.query(`${LIVING} AND s.id = ANY ($1::uuid[])`, [ids]);
  }

  /** Reads the session under lock, so that refreshing and ending it happen one after the other. @returns its user, if both are living. */
  lockLiving(id: string): Promise<{ userId: string } | null> {
    return this.transactions.queryOne(
      `SELECT s.user_id AS "userId" FROM sessions s JOIN users u ON u.id = s.user_id
       WHERE s.id = $1 AND ${IS_LIVING} AND ${USER_IS_LIVING} FOR UPDATE OF s`,
      [id],
    );
  }

  findToken(tokenHash: Buffer): Promise<RefreshToken | null> {
    return this.tokens.findOneBy({ tokenHash });
  }

  /** Uses a token up. @returns false when it had been used already. */
  async useToken(id: string, usedAt: Date): Promise<boolean> {
    return (await this.tokens.update({ id, usedAt: IsNull() }, { usedAt })).affected === 1;
  }

  /** Appends the next token of a session and notes that the session was used. */
  async appendToken(sessionId: string, token: { id: string; hash: Buffer }, idleSeconds: number): Promise<void> {
    await this.transactions.execute(
      `WITH touched AS (UPDATE sessions SET last_used_at = now(), idle_expires_at = now() + make_interval(secs => $4) WHERE id = $1)
       INSERT INTO refresh_tokens (id, session_id, token_hash, created_at) VALUES ($2, $1, $3, now())`,
      [sessionId, token.id, token.hash, idleSeconds],
    );
  }

  /** Ends a session. @param userId Only if it is this user's. @returns false when there is no such living session. */
  revoke(id: string, reason: RevocationReason, userId?: string): Promise<boolean> {
    return this.transactions.executeOne(
      `UPDATE sessions s SET revoked_at = now(), revoked_reason = $2
       WHERE s.id = $1 AND ($3::uuid IS NULL OR s.user_id = $3) AND ${IS_LIVING}`,
      [id, reason, userId ?? null],
    );
  }

  /** Ends all of a user's sessions, but for one. @returns their ids. */
  async revokeAll(userId: string, reason: RevocationReason, keptId: string | null): Promise<string[]> {
    const rows = await this.transactions.query<{ id: string }>(
      `UPDATE sessions s SET revoked_at = now(), revoked_reason = $2
       WHERE s.user_id = $1 AND s.id IS DISTINCT FROM $3::uuid AND ${IS_LIVING} RETURNING s.id`,
      [userId, reason, keptId],
    );
    return rows.map(({ id }) => id);
  }

  /** Ends the sign-ins of a user that have come as far as the second factor. */
  async abandonSignIns(userId: string): Promise<void> {
    const isUnderWay = { userId, kind: 'second_factor', usedAt: IsNull() };
    await this.challenges.update(isUnderWay, { usedAt: () => 'now()' });
  }

  /** A user's living sessions, newest first; ids are in the order of creation. */
  findLivingOf(userId: string, request: PageRequest): Promise<Page<Session>> {
    const query = this.sessions.createQueryBuilder('s').where({ userId }).andWhere(IS_LIVING);
    return this.pages.of(query, request, { by: ['s.id'], isDescending: true, context: `sessions ${userId}` });
  }

  /** The addresses that sessions of the user were started from, as far as the sessions are not forgotten (30 days after their end). */
  async findAddresses(userId: string): Promise<string[]> {
    const rows = await this.sessions
      .createQueryBuilder('s')
      .select('DISTINCT s.address', 'address')
      .where({ userId, impersonatorId: IsNull() })
      .andWhere('s.address IS NOT NULL')
      .limit(MOST_ADDRESSES)
      .getRawMany<{ address: string }>();
    return rows.map(({ address }) => address);
  }

  /** Sessions in which the user acted, oldest first; those in which staff acted as the user tell of staff. */
  findToExport(userId: string, after: string | null, limit: number): Promise<ExportedSession[]> {
    return this.sessions.find({
      where: { userId, impersonatorId: IsNull(), ...(after === null ? {} : { id: MoreThan(after) }) },
      select: {
        id: true,
        userAgent: true,
        address: true,
        methods: true,
        createdAt: true,
        lastUsedAt: true,
        expiresAt: true,
        revokedAt: true,
      },
      order: { id: 'ASC' },
      take: limit,
    });
  }

  /** Deletes the sessions of a user, those in which they acted as others, and sign-ins that are under way. */
  async erase(userId: string): Promise<void> {
    await this.sessions.delete([{ userId }, { impersonatorId: userId }]);
    await this.challenges.delete({ userId });
  }

  /** Deletes up to `limit` sessions that ended over 30 days ago, with their tokens. @returns how many. */
  purgeEnded(limit: number): Promise<number> {
    return this.transactions.purge('sessions', `expires_at < now() - interval '30 days'`, limit);
  }
}
