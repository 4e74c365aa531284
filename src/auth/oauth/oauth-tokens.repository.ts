import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { OAuthAccessToken } from '../api-keys/entities/api-key.entity.js';

/** A token to insert. */
export interface NewOAuthToken extends Pick<OAuthAccessToken, 'id' | 'keyId' | 'tokenHash' | 'secretHash' | 'scopes'> {
  ttlSeconds: number;
}

/** Every query of access tokens but the one that recognises them. */
@Injectable()
export class OAuthTokensRepository {
  constructor(
    @InjectRepository(OAuthAccessToken) private readonly tokens: Repository<OAuthAccessToken>,
    private readonly transactions: TransactionRunner,
  ) {}

  /**
   * Stores a token for a key that works at this moment, in the statement that finds out; one that is being revoked is waited for.
   *
   * @returns for how many seconds it will work, which a key that ends sooner shortens; null when the key has ended.
   */
  async insert(token: NewOAuthToken): Promise<number | null> {
    const [row] = await this.transactions.query<{ seconds: number }>(
      `WITH living AS (
         SELECT id, LEAST(now() + make_interval(secs => $6), expires_at,
           CASE WHEN key_hash <> $4 THEN previous_expires_at END) AS ends_at
         FROM api_keys
         WHERE id = $2 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
           AND (key_hash = $4 OR (previous_hash = $4 AND previous_expires_at > now()))
         FOR SHARE)
       INSERT INTO oauth_access_tokens (id, key_id, token_hash, secret_hash, scopes, created_at, expires_at)
       SELECT $1, id, $3, $4, $5, now(), ends_at FROM living
       RETURNING floor(extract(epoch FROM expires_at - created_at))::int AS seconds`,
      [token.id, token.keyId, token.tokenHash, token.secretHash, token.scopes, token.ttlSeconds],
    );
    return row?.seconds ?? null;
  }

  /** A token of the key; null when it is unknown, or of another key. */
  find(tokenHash: Buffer, keyId: string): Promise<OAuthAccessToken | null> {
    return this.tokens.findOneBy({ tokenHash, keyId });
  }

  /** Ends a token of the key, by one conditional statement. @returns false when there is none that still works. */
  revoke(tokenHash: Buffer, keyId: string): Promise<boolean> {
    return this.transactions.executeOne(
      `UPDATE oauth_access_tokens SET revoked_at = now()
       WHERE token_hash = $1 AND key_id = $2 AND revoked_at IS NULL AND expires_at > now()`,
      [tokenHash, keyId],
    );
  }

  /** Deletes up to `limit` tokens that expired over a day ago. @returns how many. */
  purgeEnded(limit: number): Promise<number> {
    return this.transactions.purge('oauth_access_tokens', `expires_at < now() - interval '1 day'`, limit);
  }
}
