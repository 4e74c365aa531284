import type { KeyObject } from 'node:crypto';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { Secrets } from '../../common/secrets.js';
import { Environment } from '../../config/environment.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { fromPem, newSigningKey, type PublicJwk, readSigningKeys, type SigningKey, toPem } from './signing-key.js';
import { SigningKeysRepository } from './signing-keys.repository.js';

/** How long others may keep the published keys: a new key signs only after that, unless it is urgent. */
export const JWKS_MAX_AGE_SECONDS = 300;
/** Longer than any access token lives (`ACCESS_TOKEN_TTL` is at most an hour), and clocks may differ. */
const OVERLAP_SECONDS = 3660;
/** How long an instance may take to notice that another one has rotated, unless it meets a token of the new key before. */
const RELOAD_MS = 5_000;
/** A token may name any key: unknown names make an instance look no more often than this. */
const LOOK_AGAIN_MS = 1_000;

/** A key, and when it is used for what. */
export interface KeyUse {
  key: SigningKey;
  /** Null for a key of the settings. */
  activatesAt: Date | null;
  retiresAt: Date | null;
}

/**
 * The keys of access tokens.
 *
 * Those of `JWT_PRIVATE_KEYS` are there from the start: the first signs, all verify. Rotating adds keys in the database, encrypted; the
 * newest that is active signs instead. Every instance reads them anew every few seconds and whenever a token names one that it does not
 * know, so that none needs a restart.
 */
@Injectable()
export class SigningKeys implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(SigningKeys.name);
  private readonly configured: readonly SigningKey[];
  private ring: readonly KeyUse[];
  private timer: NodeJS.Timeout | undefined;
  private lookedAt = 0;

  /** @throws Error naming the setting when a key is unreadable or not on the curve P-256. */
  constructor(
    private readonly environment: Environment,
    private readonly stored: SigningKeysRepository,
    private readonly transactions: TransactionRunner,
    private readonly secrets: Secrets,
    private readonly audit: AuditLog,
  ) {
    this.configured = readSigningKeys(environment.JWT_PRIVATE_KEYS);
    this.ring = this.configured.map(unlimited);
  }

  async onModuleInit(): Promise<void> {
    if (!this.environment.servesHttp) return;
    await this.reload();
    this.timer = setInterval(() => void this.reload().catch((error) => this.tell(error)), RELOAD_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Signs new tokens. */
  get current(): SigningKey {
    const now = Date.now();
    const active = this.ring.filter(
      ({ activatesAt, retiresAt }) => isPast(activatesAt, now) && !isOver(retiresAt, now),
    );
    const newest = active.filter(({ activatesAt }) => activatesAt !== null).at(-1) ?? active[0];
    if (!newest) throw new Error('Every signing key is revoked');
    return newest.key;
  }

  /** The public keys, those that will sign soon included. */
  get jwks(): { keys: PublicJwk[] } {
    return { keys: this.all().map(({ key }) => key.jwk) };
  }

  /** Every key that verifies, the oldest first. */
  all(): KeyUse[] {
    const now = Date.now();
    return this.ring.filter(({ retiresAt }) => !isOver(retiresAt, now));
  }

  /** The public key with this id, if it is one of ours. */
  async findPublic(kid: string): Promise<KeyObject | undefined> {
    const known = this.lookUp(kid);
    if (known || Date.now() - this.lookedAt < LOOK_AGAIN_MS) return known;
    await this.reload();
    return this.lookUp(kid);
  }

  /**
   * Makes the key that signs from now on.
   *
   * @param options `isUrgent`, for a key that has leaked: the new key signs at once, and the tokens of all others are no longer good on
   * any instance within seconds. Otherwise the others verify until the last of their tokens has run out.
   */
  async rotate({ isUrgent = false }: { isUrgent?: boolean } = {}): Promise<void> {
    const key = newSigningKey();
    const times = isUrgent
      ? { activatesInSeconds: 0, overlapSeconds: 0 }
      : { activatesInSeconds: JWKS_MAX_AGE_SECONDS, overlapSeconds: OVERLAP_SECONDS };
    await this.transactions.run(async () => {
      await this.stored.lock();
      if (isUrgent) await this.stored.revoke(this.configured.map(({ kid }) => kid));
      const sealedPrivateKey = this.secrets.encrypt('signing-key', toPem(key));
      await this.stored.add({ kid: key.kid, sealedPrivateKey }, times);
      const target = { type: 'signing_key', id: key.kid };
      await this.audit.record({ action: 'auth.signing_key_rotated', target, after: { isUrgent } });
    });
    await this.reload();
  }

  private async reload(): Promise<void> {
    this.lookedAt = Date.now();
    const rows = await this.stored.findLiving();
    const revoked = new Set(rows.filter(({ sealedPrivateKey }) => sealedPrivateKey === null).map(({ kid }) => kid));
    const made = rows.flatMap(({ kid, sealedPrivateKey, activatesAt, retiresAt }) => {
      if (sealedPrivateKey === null) return [];
      const key = this.ring.find((use) => use.key.kid === kid)?.key ?? this.open(sealedPrivateKey);
      return [{ key, activatesAt, retiresAt }];
    });
    this.ring = [...this.configured.filter(({ kid }) => !revoked.has(kid)).map(unlimited), ...made];
  }

  private open(sealed: Buffer): SigningKey {
    return fromPem(this.secrets.decrypt('signing-key', sealed));
  }

  private lookUp(kid: string): KeyObject | undefined {
    const use = this.ring.find(({ key }) => key.kid === kid);
    return use && !isOver(use.retiresAt, Date.now()) ? use.key.publicKey : undefined;
  }

  private tell(error: unknown): void {
    this.logger.warn(`Signing keys could not be read again: ${String(error)}`);
  }
}

function unlimited(key: SigningKey): KeyUse {
  return { key, activatesAt: null, retiresAt: null };
}

function isPast(instant: Date | null, now: number): boolean {
  return instant === null || instant.getTime() <= now;
}

function isOver(instant: Date | null, now: number): boolean {
  return instant !== null && instant.getTime() <= now;
}
