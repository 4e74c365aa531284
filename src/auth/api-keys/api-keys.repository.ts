import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { ApiKeyStatus } from './api-key-status.js';
import type { KeyText } from './key-text.js';

/** An API key as staff see it: without any secret. */
export interface ApiKeyDetails {
  id: string;
  creatorId: string;
  name: string;
  prefix: string;
  scopes: string[];
  allowedAddresses: string[];
  status: ApiKeyStatus;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
  lastUsedAddress: string | null;
  /** The secret before the latest rotation, while it still works. */
  previousPrefix: string | null;
  previousExpiresAt: Date | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

/** What can be set of a key. */
export interface ApiKeySettings {
  name: string;
  scopes: readonly string[];
  allowedAddresses: readonly string[];
  expiresAt: Date | null;
}

/** Which keys to list; absent filters do not filter. */
export interface ApiKeyFilter {
  statuses?: readonly ApiKeyStatus[];
  creatorId?: string;
}

const STATUS = `CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.expires_at <= now() THEN 'expired' ELSE 'active' END`;
const OVERLAPS = `CASE WHEN k.previous_expires_at > now() THEN`;
const DETAILS = `k.id, k.creator_id AS "creatorId", k.name, k.prefix, k.scopes, k.allowed_addresses AS "allowedAddresses",
  ${STATUS} AS status, k.expires_at AS "expiresAt", k.revoked_at AS "revokedAt", k.last_used_at AS "lastUsedAt",
  k.last_used_address AS "lastUsedAddress", ${OVERLAPS} k.previous_prefix END AS "previousPrefix",
  ${OVERLAPS} k.previous_expires_at END AS "previousExpiresAt", k.version, k.created_at AS "createdAt", k.updated_at AS "updatedAt"`;
const IS_LISTED = `($1::text[] IS NULL OR ${STATUS} = ANY ($1)) AND ($2::uuid IS NULL OR k.creator_id = $2)`;

/** Every query of API keys as staff manage them; those of their use are in `MachinesRepository`. */
@Injectable()
export class ApiKeysRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  async insert(id: string, creatorId: string, settings: ApiKeySettings, text: KeyText): Promise<void> {
    await this.transactions.execute(
      `INSERT INTO api_keys (id, creator_id, name, scopes, allowed_addresses, expires_at, prefix, key_hash)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        id,
        creatorId,
        settings.name,
        settings.scopes,
        settings.allowedAddresses,
        settings.expiresAt,
        text.prefix,
        text.hash,
      ],
    );
  }

  async find(id: string): Promise<ApiKeyDetails | null> {
    const [key] = await this.transactions.query<ApiKeyDetails>(`SELECT ${DETAILS} FROM api_keys k WHERE k.id = $1`, [
      id,
    ]);
    return key ?? null;
  }

  /** Reads the key under lock, so that changes of it happen one after the other. */
  async lock(id: string): Promise<ApiKeyDetails | null> {
    const [key] = await this.transactions.query<ApiKeyDetails>(
      `SELECT ${DETAILS} FROM api_keys k WHERE k.id = $1 FOR NO KEY UPDATE`,
      [id],
    );
    return key ?? null;
  }

  /** One page, newest first; ids are in the order of creation. */
  findPage(filter: ApiKeyFilter, before: string | null, limit: number): Promise<ApiKeyDetails[]> {
    return this.transactions.query<ApiKeyDetails>(
      `SELECT ${DETAILS} FROM api_keys k WHERE ${IS_LISTED} AND ($3::uuid IS NULL OR k.id < $3) ORDER BY k.id DESC LIMIT $4`,
      [filter.statuses ?? null, filter.creatorId ?? null, before, limit],
    );
  }

  async count(filter: ApiKeyFilter): Promise<number> {
    const [row] = await this.transactions.query<{ total: number }>(
      `SELECT count(*)::int AS total FROM api_keys k WHERE ${IS_LISTED}`,
      [filter.statuses ?? null, filter.creatorId ?? null],
    );
    return row!.total;
  }

  /** All keys that a user has made, oldest first. */
  findMadeBy(creatorId: string): Promise<ApiKeyDetails[]> {
    return this.transactions.query<ApiKeyDetails>(
      `SELECT ${DETAILS} FROM api_keys k WHERE k.creator_id = $1 ORDER BY k.id`,
      [creatorId],
    );
  }

  /** Everything that a user may do by their roles now. */
  async findScopesOfUser(userId: string): Promise<string[]> {
    const rows = await this.transactions.query<{ scope: string }>(
      `SELECT DISTINCT scope FROM user_roles ur JOIN roles r ON r.name = ur.role_name, unnest(r.scopes) AS scope
       WHERE ur.user_id = $1`,
      [userId],
    );
    return rows.map(({ scope }) => scope);
  }

  /** Saves the settings as a new version. */
  async update(id: string, { name, scopes, allowedAddresses, expiresAt }: ApiKeySettings): Promise<void> {
    await this.transactions.execute(
      `UPDATE api_keys SET name = $2, scopes = $3, allowed_addresses = $4, expires_at = $5, version = version + 1,
         updated_at = now() WHERE id = $1`,
      [id, name, scopes, allowedAddresses, expiresAt],
    );
  }

  /** Puts a new secret in place; the one before works for `overlapSeconds` more, and the one before that no longer. */
  async replaceSecret(id: string, text: KeyText, overlapSeconds: number): Promise<void> {
    await this.transactions.execute(
      `UPDATE api_keys SET previous_hash = key_hash, previous_prefix = prefix,
         previous_expires_at = now() + make_interval(secs => $4), key_hash = $3, prefix = $2, version = version + 1,
         updated_at = now() WHERE id = $1`,
      [id, text.prefix, text.hash, overlapSeconds],
    );
  }

  /** Ends a key for good. @returns false when it had been revoked already, or does not exist. */
  async revoke(id: string): Promise<boolean> {
    const changed = await this.transactions.execute(
      `UPDATE api_keys SET revoked_at = now(), version = version + 1, updated_at = now()
       WHERE id = $1 AND revoked_at IS NULL`,
      [id],
    );
    return changed === 1;
  }

  /** Ends all keys that a user has made, and forgets what tells of the user in them. */
  async anonymiseMadeBy(creatorId: string): Promise<void> {
    await this.transactions.execute(
      `UPDATE api_keys SET revoked_at = COALESCE(revoked_at, now()), name = 'erased', allowed_addresses = '{}',
         last_used_address = NULL, version = version + 1, updated_at = now() WHERE creator_id = $1`,
      [creatorId],
    );
  }

  /** Deletes up to `limit` keys that were revoked or expired over 90 days ago, with their tokens. @returns how many. */
  purgeEnded(limit: number): Promise<number> {
    return this.transactions.execute(
      `DELETE FROM api_keys WHERE id IN
         (SELECT id FROM api_keys WHERE LEAST(revoked_at, expires_at) < now() - interval '90 days' LIMIT $1)`,
      [limit],
    );
  }
}
