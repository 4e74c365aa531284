import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';

/** Why a key or token that is known here is not good any more. */
export type MachineRefusal =
  'creator_inactive' | 'revoked' | 'expired' | 'rotated' | 'token_revoked' | 'token_expired' | 'address_not_allowed';

/** A key, or a token traded for one, as it was found. */
export interface FoundMachine {
  keyId: string;
  creatorId: string;
  /** What it may do now: what it was given, as far as its creator still may. */
  scopes: string[];
  allowedAddresses: string[];
  /** When it stops working by itself; null for never. */
  endsAt: Date | null;
  /** Null while it works. */
  refusal: MachineRefusal | null;
}

/** What every key is checked against, whether it comes itself or as a token. */
const KEY_REFUSAL = `
  WHEN u.status <> 'active' THEN 'creator_inactive'
  WHEN k.revoked_at IS NOT NULL THEN 'revoked'
  WHEN k.expires_at <= now() THEN 'expired'`;

/** The scopes among `given` that the creator holds now, by name or by `*`. */
const stillHeld = (given: string): string => `ARRAY(
  SELECT scope FROM unnest(${given}) AS scope
  WHERE EXISTS (SELECT 1 FROM user_roles ur JOIN roles r ON r.name = ur.role_name
                WHERE ur.user_id = k.creator_id AND r.scopes && ARRAY[scope, '*']))`;

const COLUMNS = `k.id AS "keyId", k.creator_id AS "creatorId", k.allowed_addresses AS "allowedAddresses"`;

const keyWith = (hash: string): string => `
  SELECT ${COLUMNS}, ${stillHeld('k.scopes')} AS scopes,
    LEAST(k.expires_at, CASE WHEN k.key_hash <> ${hash} THEN k.previous_expires_at END) AS "endsAt",
    CASE ${KEY_REFUSAL}
      WHEN k.key_hash <> ${hash} AND k.previous_expires_at <= now() THEN 'rotated'
    END AS refusal
  FROM api_keys k JOIN users u ON u.id = k.creator_id
  WHERE k.key_hash = ${hash} OR k.previous_hash = ${hash}`;

const tokenWith = (hash: string): string => `
  SELECT ${COLUMNS},
    ${stillHeld('ARRAY(SELECT unnest(t.scopes) INTERSECT SELECT unnest(k.scopes))')} AS scopes,
    LEAST(t.expires_at, k.expires_at, CASE WHEN k.key_hash <> t.secret_hash THEN k.previous_expires_at END) AS "endsAt",
    CASE
      WHEN t.expires_at <= now() THEN 'token_expired'
      WHEN t.revoked_at IS NOT NULL THEN 'token_revoked' ${KEY_REFUSAL}
      WHEN k.key_hash <> t.secret_hash
        AND (k.previous_hash IS DISTINCT FROM t.secret_hash OR k.previous_expires_at <= now()) THEN 'rotated'
    END AS refusal
  FROM oauth_access_tokens t JOIN api_keys k ON k.id = t.key_id JOIN users u ON u.id = k.creator_id
  WHERE t.token_hash = ${hash}`;

const eachOf = (find: (hash: string) => string): string =>
  `SELECT asked.hash, found.* FROM unnest($1::bytea[]) AS asked (hash) CROSS JOIN LATERAL (${find('asked.hash')}) AS found`;

/** The queries that find out which machine calls, and those that note that one did. */
@Injectable()
export class MachinesRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** The key with this hash, living or not; null when there is none. */
  findByKey(hash: Buffer): Promise<FoundMachine | null> {
    return this.transactions.queryOne(keyWith('$1'), [hash]);
  }

  /** The key behind the token with this hash, living or not; null when there is none. */
  findByToken(hash: Buffer): Promise<FoundMachine | null> {
    return this.transactions.queryOne(tokenWith('$1'), [hash]);
  }

  /** The keys with these hashes, living or not. */
  findByKeys(hashes: readonly Buffer[]): Promise<(FoundMachine & { hash: Buffer })[]> {
    return this.transactions.query(eachOf(keyWith), [hashes]);
  }

  /** The keys behind the tokens with these hashes, living or not. */
  findByTokens(hashes: readonly Buffer[]): Promise<(FoundMachine & { hash: Buffer })[]> {
    return this.transactions.query(eachOf(tokenWith), [hashes]);
  }

  /** Those of the hashes, of keys or tokens, that there are. */
  async findExisting(hashes: readonly Buffer[]): Promise<Buffer[]> {
    const rows = await this.transactions.query<{ hash: Buffer }>(
      `SELECT asked.hash FROM unnest($1::bytea[]) AS asked(hash)
       WHERE EXISTS (SELECT 1 FROM api_keys WHERE key_hash = asked.hash)
         OR EXISTS (SELECT 1 FROM api_keys WHERE previous_hash = asked.hash)
         OR EXISTS (SELECT 1 FROM oauth_access_tokens WHERE token_hash = asked.hash)`,
      [hashes],
    );
    return rows.map(({ hash }) => hash);
  }

  /** Notes that a key was used, unless that was noted within the last minute. */
  async noteUse(keyId: string, address: string): Promise<void> {
    await this.transactions.execute(
      `UPDATE api_keys SET last_used_at = now(), last_used_address = $2
       WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= now() - interval '1 minute')`,
      [keyId, address],
    );
  }

  /** Notes that a use was refused. @returns false when one was noted within the last minute. */
  noteRefusal(keyId: string): Promise<boolean> {
    return this.transactions.executeOne(
      `UPDATE api_keys SET last_refused_at = now()
       WHERE id = $1 AND (last_refused_at IS NULL OR last_refused_at <= now() - interval '1 minute')`,
      [keyId],
    );
  }
}
