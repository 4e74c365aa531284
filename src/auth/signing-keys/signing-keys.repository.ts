import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { inSeconds } from '../../database/columns.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { SigningKeyRow } from './entities/signing-key-row.entity.js';

/** Every query of signing keys. */
@Injectable()
export class SigningKeysRepository {
  constructor(
    @InjectRepository(SigningKeyRow) private readonly keys: Repository<SigningKeyRow>,
    private readonly transactions: TransactionRunner,
  ) {}

  /** Those that still matter, oldest first. */
  findLiving(): Promise<SigningKeyRow[]> {
    return this.keys
      .createQueryBuilder('k')
      .where('k.sealedPrivateKey IS NULL OR k.retiresAt IS NULL OR k.retiresAt > now()')
      .orderBy({ 'k.activatesAt': 'ASC', 'k.kid': 'ASC' })
      .getMany();
  }

  /** Inside a transaction: one rotation after the other. */
  async lock(): Promise<void> {
    await this.transactions.query(`SELECT pg_advisory_xact_lock(hashtext('signing_keys'))`);
  }

  /** Adds the key that signs from `activatesInSeconds` on, and lets all before it verify for `overlapSeconds` longer. */
  async add(
    key: { kid: string; sealedPrivateKey: Buffer },
    times: { activatesInSeconds: number; overlapSeconds: number },
  ): Promise<void> {
    // Set-based: whichever keys there are.
    await this.transactions.execute(
      `UPDATE signing_keys SET retires_at = least(retires_at, now() + make_interval(secs => $1))
       WHERE retires_at IS NULL OR retires_at > now()`,
      [times.activatesInSeconds + times.overlapSeconds],
    );
    await this.keys.insert({ ...key, createdAt: () => 'now()', activatesAt: inSeconds(times.activatesInSeconds) });
  }

  /** Notes that keys of the settings no longer verify. */
  async revoke(kids: readonly string[]): Promise<void> {
    const now = (): string => 'now()';
    const rows = kids.map((kid) => ({ kid, createdAt: now, activatesAt: now, retiresAt: now }));
    await this.keys.createQueryBuilder().insert().values(rows).orIgnore().execute();
  }

  /** Deletes up to `limit` keys that retired over a day ago. @returns how many. */
  purgeRetired(limit: number): Promise<number> {
    return this.transactions.purge(
      'signing_keys',
      `sealed_private_key IS NOT NULL AND retires_at < now() - interval '1 day'`,
      limit,
    );
  }
}
