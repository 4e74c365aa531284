import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { InviteStatus } from './invite-status.js';

/** An invite as staff see it: never with its token. */
export interface InviteDetails {
  id: string;
  email: string;
  name: string | null;
  roles: string[];
  status: InviteStatus;
  preparedUserId: string | null;
  invitedBy: string | null;
  acceptedBy: string | null;
  acceptedAt: Date | null;
  revokedAt: Date | null;
  expiresAt: Date;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

/** An invite to insert. */
export interface NewInvite {
  id: string;
  email: string;
  emailCanonical: string;
  name: string | null;
  roles: readonly string[];
  tokenHash: Buffer;
  preparedUserId: string | null;
  invitedBy: string;
  ttlSeconds: number;
}

/** What accepting an invite needs to know of it. */
export interface OpenInvite {
  id: string;
  email: string;
  emailCanonical: string;
  name: string | null;
  roles: string[];
  preparedUserId: string | null;
  invitedBy: string | null;
  version: number;
}

const STATUS = `CASE WHEN i.accepted_at IS NOT NULL THEN 'accepted' WHEN i.revoked_at IS NOT NULL THEN 'revoked'
  WHEN i.expires_at <= now() THEN 'expired' ELSE 'pending' END`;

const DETAILS = `i.id, i.email, i.name, i.roles, ${STATUS} AS status, i.prepared_user_id AS "preparedUserId",
  i.invited_by AS "invitedBy", i.accepted_by AS "acceptedBy", i.accepted_at AS "acceptedAt", i.revoked_at AS "revokedAt",
  i.expires_at AS "expiresAt", i.version, i.created_at AS "createdAt", i.updated_at AS "updatedAt"`;

const OPEN = `i.id, i.email, i.email_canonical AS "emailCanonical", i.name, i.roles, i.prepared_user_id AS "preparedUserId",
  i.invited_by AS "invitedBy", i.version`;

const IS_OPEN = `i.accepted_at IS NULL AND i.revoked_at IS NULL`;

/** Every query of invites. */
@Injectable()
export class InvitesRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** Lets one new invite to an address follow another, until the transaction ends. */
  async lockAddress(emailCanonical: string): Promise<void> {
    await this.transactions.query(`SELECT pg_advisory_xact_lock('invites'::regclass::int, hashtext($1))`, [
      emailCanonical,
    ]);
  }

  async insert(invite: NewInvite): Promise<void> {
    await this.transactions.execute(
      `INSERT INTO invites (id, email, email_canonical, name, roles, token_hash, prepared_user_id, invited_by, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + make_interval(secs => $9))`,
      [
        invite.id,
        invite.email,
        invite.emailCanonical,
        invite.name,
        invite.roles,
        invite.tokenHash,
        invite.preparedUserId,
        invite.invitedBy,
        invite.ttlSeconds,
      ],
    );
  }

  /** Revokes what is open for an address. @returns what was revoked, one at most, with its new version. */
  revokeOpen(emailCanonical: string): Promise<{ id: string; version: number }[]> {
    return this.transactions.query(
      `UPDATE invites i SET revoked_at = now(), version = version + 1, updated_at = now()
       WHERE i.email_canonical = $1 AND ${IS_OPEN} RETURNING i.id, i.version`,
      [emailCanonical],
    );
  }

  async find(id: string): Promise<InviteDetails | null> {
    const [invite] = await this.transactions.query<InviteDetails>(`SELECT ${DETAILS} FROM invites i WHERE i.id = $1`, [
      id,
    ]);
    return invite ?? null;
  }

  /** Reads the invite under lock, so that changes of it follow each other. */
  async lock(id: string): Promise<InviteDetails | null> {
    const [invite] = await this.transactions.query<InviteDetails>(
      `SELECT ${DETAILS} FROM invites i WHERE i.id = $1 FOR NO KEY UPDATE`,
      [id],
    );
    return invite ?? null;
  }

  async revoke(id: string): Promise<void> {
    await this.transactions.execute(
      `UPDATE invites SET revoked_at = now(), version = version + 1, updated_at = now() WHERE id = $1`,
      [id],
    );
  }

  /** Gives an invite another token, life and inviter, as a new version. */
  async renew(id: string, renewed: { tokenHash: Buffer; invitedBy: string; ttlSeconds: number }): Promise<void> {
    await this.transactions.execute(
      `UPDATE invites SET token_hash = $2, invited_by = $3, expires_at = now() + make_interval(secs => $4), version = version + 1,
         updated_at = now()
       WHERE id = $1`,
      [id, renewed.tokenHash, renewed.invitedBy, renewed.ttlSeconds],
    );
  }

  /** The invite that a token opens. */
  async findOpen(tokenHash: Buffer): Promise<OpenInvite | null> {
    const [invite] = await this.transactions.query<OpenInvite>(
      `SELECT ${OPEN} FROM invites i WHERE i.token_hash = $1 AND ${IS_OPEN} AND i.expires_at > now()`,
      [tokenHash],
    );
    return invite ?? null;
  }

  /** Uses an invite up. Of several at once, one gets it. @returns the invite in its new version. */
  async take(tokenHash: Buffer): Promise<OpenInvite | null> {
    const [invite] = await this.transactions.query<OpenInvite>(
      `UPDATE invites i SET accepted_at = now(), version = version + 1, updated_at = now()
       WHERE i.token_hash = $1 AND ${IS_OPEN} AND i.expires_at > now() RETURNING ${OPEN}`,
      [tokenHash],
    );
    return invite ?? null;
  }

  /** Notes whose account it was accepted with. */
  async markAccepted(id: string, userId: string): Promise<void> {
    await this.transactions.execute(`UPDATE invites SET accepted_by = $2 WHERE id = $1`, [id, userId]);
  }

  /**
   * Sets the first password of an account that staff made, whose owner has read the mail to its address.
   *
   * @param name Null leaves the name as it is.
   * @returns the account's new version, or null when it has a password, another address or is not active.
   */
  async openAccount(
    userId: string,
    account: { emailCanonical: string; passwordHash: string; name: string | null },
  ): Promise<number | null> {
    const [row] = await this.transactions.query<{ version: number }>(
      `UPDATE users SET password_hash = $3, name = coalesce($4, name), email_verified_at = coalesce(email_verified_at, now()),
         version = version + 1, updated_at = now()
       WHERE id = $1 AND email_canonical = $2 AND password_hash IS NULL AND status = 'active' RETURNING version`,
      [userId, account.emailCanonical, account.passwordHash, account.name],
    );
    return row?.version ?? null;
  }

  /** One page, newest first; ids are in the order of creation. */
  list(
    statuses: readonly InviteStatus[] | undefined,
    page: { before: string | null; limit: number },
  ): Promise<InviteDetails[]> {
    return this.transactions.query<InviteDetails>(
      `SELECT ${DETAILS} FROM invites i
       WHERE ($1::text[] IS NULL OR ${STATUS} = ANY ($1)) AND ($2::uuid IS NULL OR i.id < $2)
       ORDER BY i.id DESC LIMIT $3`,
      [statuses ?? null, page.before, page.limit],
    );
  }

  async count(statuses: readonly InviteStatus[] | undefined): Promise<number> {
    const [row] = await this.transactions.query<{ total: number }>(
      `SELECT count(*)::int AS total FROM invites i WHERE $1::text[] IS NULL OR ${STATUS} = ANY ($1)`,
      [statuses ?? null],
    );
    return row!.total;
  }

  /** The invites that a user got: to the account that was made for them, accepted by them, or to an address that they have proven. */
  listOf(userId: string): Promise<InviteDetails[]> {
    return this.transactions.query<InviteDetails>(
      `SELECT ${DETAILS} FROM invites i
       WHERE i.prepared_user_id = $1 OR i.accepted_by = $1
         OR i.email_canonical IN (SELECT email_canonical FROM users WHERE id = $1 AND email_verified_at IS NOT NULL)
       ORDER BY i.id`,
      [userId],
    );
  }

  /** Deletes the invites that a user got. @param emailCanonical The address that they have proven; null for none. */
  async deleteOf(userId: string, emailCanonical: string | null): Promise<void> {
    await this.transactions.execute(
      `DELETE FROM invites WHERE prepared_user_id = $1 OR accepted_by = $1 OR email_canonical = $2`,
      [userId, emailCanonical],
    );
  }

  /** Deletes up to `limit` invites that ran out over `keptDays` ago. @returns how many. */
  purge(keptDays: number, limit: number): Promise<number> {
    return this.transactions.execute(
      `DELETE FROM invites WHERE id IN
         (SELECT id FROM invites WHERE expires_at < now() - make_interval(days => $1) LIMIT $2)`,
      [keptDays, limit],
    );
  }
}
