import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../database/transaction-runner.js';

/** A session whose user may act now, with what a request needs to know of that user. */
export interface LivingSession {
  userId: string;
  email: string;
  scopes: string[];
  expiresAt: Date;
  authenticatedAt: Date;
  impersonatorId: string | null;
}

/** A session as its user may see it. */
export interface SessionDetails {
  id: string;
  userAgent: string | null;
  address: string | null;
  createdAt: Date;
  lastUsedAt: Date;
  /** The absolute end, or the idle one if that comes first. */
  expiresAt: Date;
  methods: SignInMethod[];
  impersonatorId: string | null;
}

/** A session to insert. */
export interface NewSession {
  id: string;
  userId: string;
  userAgent: string | null;
  address: string | null;
  /** What was proved to start it. */
  methods: readonly SignInMethod[];
  /** The member of staff who acts as the user, if it is not the user. */
  impersonatorId: string | null;
  ttlSeconds: number;
  /** How long it lives without being refreshed. */
  idleSeconds: number;
}

/** A refresh token as it was found, whether or not it still works. */
export interface FoundRefreshToken {
  id: string;
  sessionId: string;
  usedAt: Date | null;
}

/** Something that a user can prove to be who they are with. */
export type SignInMethod = 'password' | 'magic_link' | 'passkey' | 'oidc' | 'totp' | 'recovery_code';

export type RevocationReason = 'logout' | 'ended' | 'refresh_reused' | 'credentials_changed';

const IS_LIVING = `s.revoked_at IS NULL AND s.expires_at > now() AND s.idle_expires_at > now()`;
/** The user may act, and has not ended all sessions since this one began. */
const USER_IS_LIVING = `u.status = 'active' AND (u.sessions_valid_from IS NULL OR s.created_at >= u.sessions_valid_from)`;

/** Every query of sessions and refresh tokens. */
@Injectable()
export class SessionsRepository {
  constructor(private readonly transactions: TransactionRunner) {}

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
  async renewProof(id: string, methods: readonly SignInMethod[]): Promise<boolean> {
    const changed = await this.transactions.execute(
      `UPDATE sessions s SET authenticated_at = clock_timestamp(), methods = $2 WHERE s.id = $1 AND ${IS_LIVING}`,
      [id, methods],
    );
    return changed === 1;
  }

  /**
   * The session if it and its user are living, with the scopes of the user's roles: what every request with a token asks.
   *
   * Who acts as another has none of that one's scopes, and may no longer once disabled.
   */
  async findLiving(id: string): Promise<LivingSession | null> {
    const [session] = await this.transactions.query<LivingSession>(
      `SELECT s.user_id AS "userId", s.expires_at AS "expiresAt", u.email,
         s.authenticated_at AS "authenticatedAt", s.impersonator_id AS "impersonatorId",
         ARRAY(SELECT DISTINCT scope FROM user_roles ur JOIN roles r ON r.name = ur.role_name, unnest(r.scopes) AS scope
               WHERE ur.user_id = u.id AND s.impersonator_id IS NULL) AS scopes
       FROM sessions s JOIN users u ON u.id = s.user_id
       WHERE s.id = $1 AND ${IS_LIVING} AND ${USER_IS_LIVING}
         AND (s.impersonator_id IS NULL OR EXISTS (SELECT 1 FROM users i WHERE i.id = s.impersonator_id AND i.status = 'active'))`,
      [id],
    );
    return session ?? null;
  }

  /** Reads the session under lock, so that refreshing and ending it happen one after the other. @returns its user, if both are living. */
  async lockLiving(id: string): Promise<{ userId: string } | null> {
    const [session] = await this.transactions.query<{ userId: string }>(
      `SELECT s.user_id AS "userId" FROM sessions s JOIN users u ON u.id = s.user_id
       WHERE s.id = $1 AND ${IS_LIVING} AND ${USER_IS_LIVING} FOR UPDATE OF s`,
      [id],
    );
    return session ?? null;
  }

  async findToken(hash: Buffer): Promise<FoundRefreshToken | null> {
    const [token] = await this.transactions.query<FoundRefreshToken>(
      `SELECT id, session_id AS "sessionId", used_at AS "usedAt" FROM refresh_tokens WHERE token_hash = $1`,
      [hash],
    );
    return token ?? null;
  }

  /** Uses a token up. @returns false when it had been used already. */
  async useToken(id: string, usedAt: Date): Promise<boolean> {
    const changed = await this.transactions.execute(
      `UPDATE refresh_tokens SET used_at = $2 WHERE id = $1 AND used_at IS NULL`,
      [id, usedAt],
    );
    return changed === 1;
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
  async revoke(id: string, reason: RevocationReason, userId?: string): Promise<boolean> {
    const changed = await this.transactions.execute(
      `UPDATE sessions s SET revoked_at = now(), revoked_reason = $2
       WHERE s.id = $1 AND ($3::uuid IS NULL OR s.user_id = $3) AND ${IS_LIVING}`,
      [id, reason, userId ?? null],
    );
    return changed === 1;
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
    await this.transactions.execute(
      `UPDATE auth_challenges SET used_at = now() WHERE user_id = $1 AND kind = 'second_factor' AND used_at IS NULL`,
      [userId],
    );
  }

  /** A user's living sessions, newest first; ids are in the order of creation. */
  listLiving(userId: string, page: { before: string | null; limit: number }): Promise<SessionDetails[]> {
    return this.transactions.query(
      `SELECT s.id, s.user_agent AS "userAgent", s.address, s.created_at AS "createdAt", s.last_used_at AS "lastUsedAt",
         least(s.expires_at, s.idle_expires_at) AS "expiresAt", s.methods, s.impersonator_id AS "impersonatorId"
       FROM sessions s WHERE s.user_id = $1 AND ${IS_LIVING} AND ($2::uuid IS NULL OR s.id < $2)
       ORDER BY s.id DESC LIMIT $3`,
      [userId, page.before, page.limit + 1],
    );
  }

  async countLiving(userId: string): Promise<number> {
    const [row] = await this.transactions.query<{ total: number }>(
      `SELECT count(*)::int AS total FROM sessions s WHERE s.user_id = $1 AND ${IS_LIVING}`,
      [userId],
    );
    return row!.total;
  }

  /** Deletes up to `limit` sessions that ended over 30 days ago, with their tokens. @returns how many. */
  purgeEnded(limit: number): Promise<number> {
    return this.transactions.execute(
      `DELETE FROM sessions WHERE id IN
         (SELECT id FROM sessions WHERE expires_at < now() - interval '30 days' LIMIT $1)`,
      [limit],
    );
  }
}
