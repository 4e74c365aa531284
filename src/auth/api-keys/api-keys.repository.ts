import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, type Repository } from 'typeorm';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { inSeconds } from '../../database/columns.js';
import { Pages } from '../../database/pages.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { ApiKey, apiKeyStatus, type ApiKeyStatus } from './entities/api-key.entity.js';
import type { KeyText } from './key-text.js';

/** What can be set of a key. */
export type ApiKeySettings = Pick<ApiKey, 'name' | 'scopes' | 'allowedAddresses' | 'expiresAt'>;

/** Every query of API keys as staff manage them; those of their use are in `MachinesRepository`. */
@Injectable()
export class ApiKeysRepository {
  constructor(
    @InjectRepository(ApiKey) private readonly keys: Repository<ApiKey>,
    private readonly transactions: TransactionRunner,
    private readonly pages: Pages,
  ) {}

  async insert(id: string, creatorId: string, settings: ApiKeySettings, { prefix, hash }: KeyText): Promise<void> {
    await this.keys.insert({ id, creatorId, ...settings, prefix, keyHash: hash });
  }

  find(id: string): Promise<ApiKey | null> {
    return this.keys.findOneBy({ id });
  }

  /** Reads the key under lock, so that changes of it happen one after the other. */
  lock(id: string): Promise<ApiKey | null> {
    return this.keys.findOne({ where: { id }, lock: { mode: 'for_no_key_update' } });
  }

  /** Newest first; ids are in the order of creation. Absent filters do not filter. */
  findPage(
    { statuses, creatorId }: { statuses?: ApiKeyStatus[]; creatorId?: string },
    request: PageRequest,
  ): Promise<Page<ApiKey>> {
    const query = this.keys.createQueryBuilder('k');
    if (statuses) query.andWhere(`${apiKeyStatus('k')} IN (:...statuses)`, { statuses });
    if (creatorId !== undefined) query.andWhere({ creatorId });
    const context = `api-keys ${[...(statuses ?? [])].sort().join(',')} ${creatorId ?? ''}`;
    return this.pages.of(query, request, { by: ['k.id'], isDescending: true, context });
  }

  /** All keys that a user has made, oldest first. */
  findMadeBy(creatorId: string): Promise<ApiKey[]> {
    return this.keys.find({ where: { creatorId }, order: { id: 'ASC' } });
  }

  /** Everything that a user may do by their roles now; in SQL, because roles are another feature's. */
  async findScopesOfUser(userId: string): Promise<string[]> {
    const rows = await this.transactions.query<{ scope: string }>(
      `SELECT DISTINCT scope FROM user_roles ur JOIN roles r ON r.name = ur.role_name, unnest(r.scopes) AS scope
       WHERE ur.user_id = $1`,
      [userId],
    );
    return rows.map(({ scope }) => scope);
  }

  save(key: ApiKey): Promise<ApiKey> {
    return this.keys.save(key);
  }

  /** Puts a new secret in place; the one before works for `overlapSeconds` more, and the one before that no longer. */
  async replaceSecret(key: ApiKey, { prefix, hash }: KeyText, overlapSeconds: number): Promise<void> {
    const previous = { previousHash: key.keyHash, previousPrefix: key.prefix };
    const previousExpiresAt = inSeconds(overlapSeconds);
    await this.keys.update({ id: key.id }, { ...previous, previousExpiresAt, keyHash: hash, prefix });
  }

  /** Ends a key for good. @returns false when it had been revoked already, or does not exist. */
  async revoke(id: string): Promise<boolean> {
    return (await this.keys.update({ id, revokedAt: IsNull() }, { revokedAt: () => 'now()' })).affected === 1;
  }

  /** Ends all keys that a user has made, and forgets what tells of the user in them. */
  async anonymiseMadeBy(creatorId: string): Promise<void> {
    const revokedAt = (): string => 'COALESCE(revoked_at, now())';
    await this.keys.update({ creatorId }, { revokedAt, name: 'erased', allowedAddresses: [], lastUsedAddress: null });
  }

  /** Deletes up to `limit` keys that were revoked or expired over 90 days ago, with their tokens. @returns how many. */
  purgeEnded(limit: number): Promise<number> {
    return this.transactions.purge('api_keys', `LEAST(revoked_at, expires_at) < now() - interval '90 days'`, limit);
  }
}
