import { Injectable } from '@nestjs/common';
import { type AuditEntry, AuditLog } from '../../audit/audit-log.js';
import { raise } from '../../common/errors/domain.error.js';
import { assertVersion, InvalidRequestError } from '../../common/errors/request.errors.js';
import { newId } from '../../common/ids.js';
import type { Page } from '../../common/pagination/page.dto.js';
import { type Actor, responsibleUserId } from '../../common/security/principal.js';
import { beyond, inOrder } from '../../common/security/scopes.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import { ScopeExceededError } from '../../users/roles/roles.errors.js';
import { ApiKeyEvent } from './api-key.event.js';
import { ApiKeyEndedError, ApiKeyNotFoundError } from './api-keys.errors.js';
import { type ApiKeySettings, ApiKeysRepository } from './api-keys.repository.js';
import type { CreateApiKeyDto, ListApiKeysDto, UpdateApiKeyDto } from './dto/api-key.dto.js';
import type { ApiKey } from './entities/api-key.entity.js';
import { newKeyText } from './key-text.js';
import { MachineRecognition } from './machine-recognition.service.js';

/** A key that has just been made or rotated, with its text, which is stored nowhere. */
export interface NewApiKey {
  details: ApiKey;
  key: string;
}

/**
 * The keys with which machines call.
 *
 * A key never allows more than who made it may do: not when it is made or changed, and not when it is used. Nobody changes or renews a
 * key that allows more than they hold themselves; ending one is open to all who manage keys. See docs/decisions/0011-api-keys-and-clients.md.
 */
@Injectable()
export class ApiKeysService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly keys: ApiKeysRepository,
    private readonly machines: MachineRecognition,
    private readonly audit: AuditLog,
    private readonly outbox: Outbox,
  ) {}

  /** Everyone's keys, newest first, ended ones included. */
  list({ status: statuses, creatorId, ...request }: ListApiKeysDto): Promise<Page<ApiKey>> {
    return this.keys.findPage({ statuses, creatorId }, request);
  }

  /** @throws ApiKeyNotFoundError */
  async get(id: string): Promise<ApiKey> {
    return (await this.keys.find(id)) ?? raise(new ApiKeyNotFoundError());
  }

  /**
   * Makes a key for who asks.
   *
   * @throws ScopeExceededError for scopes that its maker does not hold; InvalidRequestError when it would have expired already.
   */
  create(input: CreateApiKeyDto, maker: Actor, now: Date): Promise<NewApiKey> {
    const settings: ApiKeySettings = {
      name: input.name.trim(),
      scopes: inOrder(input.scopes),
      allowedAddresses: input.allowedAddresses ?? [],
      expiresAt: futureOf(input.expiresAt, now),
    };
    demandScopes(settings.scopes, maker.scopes);
    const text = newKeyText();
    return this.transactions.run(async () => {
      const id = newId();
      await this.keys.insert(id, responsibleUserId(maker), settings, text);
      const details = await this.get(id);
      await this.record('api_key.created', details, { after: { prefix: text.prefix, ...factsOf(settings) } });
      return { details, key: text.key };
    });
  }

  /**
   * Changes a key; members that are absent stay (RFC 7396). It counts at once, in other processes within a second.
   *
   * @throws ApiKeyNotFoundError, VersionMismatchError, ApiKeyEndedError; ScopeExceededError when the key allows more than who changes it
   * holds, or is to allow more than that or than its creator holds; InvalidRequestError for an end in the past.
   */
  update(
    id: string,
    change: UpdateApiKeyDto,
    actor: Actor,
    expectedVersion: number | undefined,
    now: Date,
  ): Promise<ApiKey> {
    return this.transactions.run(async () => {
      const before = await this.lockLiving(id, actor, expectedVersion);
      const after: ApiKeySettings = {
        name: change.name?.trim() ?? before.name,
        scopes: inOrder(change.scopes ?? before.scopes),
        allowedAddresses: change.allowedAddresses ?? before.allowedAddresses,
        expiresAt: change.expiresAt === undefined ? before.expiresAt : futureOf(change.expiresAt, now),
      };
      const added = after.scopes.filter((scope) => !before.scopes.includes(scope));
      demandScopes(added, actor.scopes);
      if (added.length > 0) demandScopes(added, new Set(await this.keys.findScopesOfUser(before.creatorId)));
      const changed = changedNames(before, after);
      if (changed.length === 0) return before;
      const facts = factsOf(before);
      const saved = await this.keys.save(Object.assign(before, after));
      await this.record('api_key.changed', saved, { before: facts, after: { changed, ...factsOf(after) } });
      this.machines.forget();
      return saved;
    });
  }

  /**
   * Gives a key a new secret at once; the old one works for `overlapSeconds` more, and one from before that no longer.
   *
   * @throws ApiKeyNotFoundError, VersionMismatchError, ApiKeyEndedError; ScopeExceededError when the key allows more than who asks holds,
   * who would otherwise get to hold it.
   */
  rotate(id: string, overlapSeconds: number, actor: Actor, expectedVersion: number | undefined): Promise<NewApiKey> {
    const text = newKeyText();
    return this.transactions.run(async () => {
      const before = await this.lockLiving(id, actor, expectedVersion);
      await this.keys.replaceSecret(before, text, overlapSeconds);
      const details = await this.get(id);
      await this.record('api_key.rotated', details, {
        before: { prefix: before.prefix },
        after: { prefix: text.prefix, overlapSeconds },
      });
      this.machines.forget();
      return { details, key: text.key };
    });
  }

  /** Ends a key for good, and with it every token it was traded for; one that has been revoked stays so. @throws ApiKeyNotFoundError */
  revoke(id: string): Promise<void> {
    return this.transactions.run(async () => {
      const isEnded = await this.keys.revoke(id);
      const key = await this.get(id);
      if (!isEnded) return;
      await this.record('api_key.revoked', key, {});
      this.machines.forget();
    });
  }

  /** What is kept of the keys that a user has made, as it may be handed to them. */
  async exportMadeBy(userId: string): Promise<unknown> {
    const keys = await this.keys.findMadeBy(userId);
    return keys.map(({ id, name, prefix, scopes, createdAt, revokedAt, lastUsedAt, lastUsedAddress }) => {
      return { id, name, prefix, scopes, createdAt, revokedAt, lastUsedAt, lastUsedAddress };
    });
  }

  /** Ends all keys that a user has made and forgets what tells of them; in the transaction that erases the account. */
  async eraseMadeBy(userId: string): Promise<void> {
    await this.keys.anonymiseMadeBy(userId);
    this.machines.forget();
  }

  /** Deletes up to `limit` keys that ended over 90 days ago. @returns how many. */
  purgeEnded(limit: number): Promise<number> {
    return this.keys.purgeEnded(limit);
  }

  private async lockLiving(id: string, actor: Actor, expectedVersion: number | undefined): Promise<ApiKey> {
    const key = (await this.keys.lock(id)) ?? raise(new ApiKeyNotFoundError());
    assertVersion(key, expectedVersion);
    demandScopes(key.scopes, actor.scopes);
    if (key.status !== 'active') throw new ApiKeyEndedError();
    return key;
  }

  /** @param key As it is now. */
  private async record(
    action: ApiKeyEvent['type'],
    key: Pick<ApiKey, 'id' | 'version'>,
    facts: Pick<AuditEntry, 'before' | 'after'>,
  ): Promise<void> {
    await this.outbox.add(new ApiKeyEvent(action, key));
    await this.audit.record({ action, target: { type: 'api_key', id: key.id }, ...facts });
  }
}

/** @throws ScopeExceededError naming what of `scopes` is not held. */
function demandScopes(scopes: readonly string[], held: ReadonlySet<string>): void {
  const missing = beyond(scopes, held);
  if (missing.length > 0) throw new ScopeExceededError(missing);
}

function futureOf(instant: string | null | undefined, now: Date): Date | null {
  if (instant === null || instant === undefined) return null;
  const date = new Date(instant);
  if (date <= now) throw InvalidRequestError.of('/expiresAt', 'future', 'must be in the future');
  return date;
}

function changedNames(before: ApiKeySettings, after: ApiKeySettings): string[] {
  const names = ['name', 'scopes', 'allowedAddresses', 'expiresAt'] as const;
  return names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}

/** What goes on record: the name may tell of a person, addresses of a place. */
function factsOf({ scopes, expiresAt, allowedAddresses }: ApiKeySettings): Record<string, unknown> {
  return { scopes, expiresAt: expiresAt?.toISOString() ?? null, allowedAddresses: allowedAddresses.length };
}
