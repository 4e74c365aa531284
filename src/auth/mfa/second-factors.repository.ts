import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, type Repository } from 'typeorm';
import { newId } from '../../common/ids.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { RecoveryCode, TotpCredential } from './entities/second-factors.entity.js';

/** What a second factor can be proved with. */
const SECOND_FACTORS = ['totp', 'passkey', 'recovery_code'] as const;
export type SecondFactor = (typeof SECOND_FACTORS)[number];

/** Which second factors an account has. */
export interface MfaState {
  totpConfirmedAt: Date | null;
  passkeys: number;
  recoveryCodesLeft: number;
}

/** What can be asked for; empty when a password is enough, for recovery codes alone guard nothing. */
export function factorsIn({ totpConfirmedAt, passkeys, recoveryCodesLeft }: MfaState): SecondFactor[] {
  const has = { totp: totpConfirmedAt !== null, passkey: passkeys > 0, recovery_code: recoveryCodesLeft > 0 };
  return has.totp || has.passkey ? SECOND_FACTORS.filter((factor) => has[factor]) : [];
}

/** Authenticator apps, recovery codes, and at one glance all second factors of an account. */
@Injectable()
export class SecondFactorsRepository {
  constructor(
    @InjectRepository(TotpCredential) private readonly totps: Repository<TotpCredential>,
    @InjectRepository(RecoveryCode) private readonly codes: Repository<RecoveryCode>,
    private readonly transactions: TransactionRunner,
  ) {}

  /** Three tables in one statement: every sign-in asks it. */
  async find(userId: string): Promise<MfaState> {
    const [state] = await this.transactions.query<MfaState>(
      `SELECT (SELECT confirmed_at FROM totp_credentials WHERE user_id = $1) AS "totpConfirmedAt",
         (SELECT count(*)::int FROM passkeys WHERE user_id = $1) AS passkeys,
         (SELECT count(*)::int FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL) AS "recoveryCodesLeft"`,
      [userId],
    );
    return state!;
  }

  findTotp(userId: string): Promise<TotpCredential | null> {
    return this.totps.findOneBy({ userId });
  }

  /**
   * Stores a secret that waits to be confirmed, in place of an earlier such one; one statement, so that a confirmed one stays.
   *
   * @returns false when the user has a confirmed one.
   */
  replacePendingTotp(userId: string, sealedSecret: Buffer): Promise<boolean> {
    return this.transactions.executeOne(
      `INSERT INTO totp_credentials (user_id, sealed_secret) VALUES ($1, $2)
       ON CONFLICT (user_id) DO UPDATE SET sealed_secret = excluded.sealed_secret, created_at = now(), last_step = NULL
       WHERE totp_credentials.confirmed_at IS NULL`,
      [userId, sealedSecret],
    );
  }

  /**
   * Confirms the secret that a code was checked against; one statement, so that of several callers one does.
   *
   * @returns when, or null when it is confirmed already or no longer there.
   */
  async confirmTotp(userId: string, sealedSecret: Buffer, step: number): Promise<Date | null> {
    const [row] = await this.transactions.query<{ confirmedAt: Date }>(
      `UPDATE totp_credentials SET confirmed_at = now(), last_step = $3
       WHERE user_id = $1 AND sealed_secret = $2 AND confirmed_at IS NULL RETURNING confirmed_at AS "confirmedAt"`,
      [userId, sealedSecret, step],
    );
    return row?.confirmedAt ?? null;
  }

  /** Uses the code of a step up, and with it those of all steps before. @returns false when it was; of several callers one gets it. */
  useTotpStep(userId: string, sealedSecret: Buffer, step: number): Promise<boolean> {
    return this.transactions.executeOne(
      `UPDATE totp_credentials SET last_step = $3
       WHERE user_id = $1 AND sealed_secret = $2 AND confirmed_at IS NOT NULL AND (last_step IS NULL OR last_step < $3)`,
      [userId, sealedSecret, step],
    );
  }

  async deleteTotp(userId: string): Promise<void> {
    await this.totps.delete({ userId });
  }

  async insertRecoveryCodes(userId: string, hashes: readonly Buffer[]): Promise<void> {
    await this.codes.insert(hashes.map((codeHash) => ({ id: newId(), userId, codeHash })));
  }

  /** Uses a code up. @returns false when it is none of the user's, or was used; of several callers one gets it. */
  async useRecoveryCode(userId: string, codeHash: Buffer): Promise<boolean> {
    const used = await this.codes.update({ userId, codeHash, usedAt: IsNull() }, { usedAt: () => 'now()' });
    return used.affected === 1;
  }

  countRecoveryCodes(userId: string): Promise<number> {
    return this.codes.countBy({ userId, usedAt: IsNull() });
  }

  /** Forgets the user's codes, used ones too. */
  async deleteRecoveryCodes(userId: string): Promise<void> {
    await this.codes.delete({ userId });
  }
}
