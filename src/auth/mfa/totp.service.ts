import { Injectable } from '@nestjs/common';
import { raise } from '../../common/errors/domain.error.js';
import { Secrets } from '../../common/secrets.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { UsersService } from '../../users/users.service.js';
import { TotpAlreadyEnabledError, TotpNotFoundError, WrongCodeError } from '../auth.errors.js';
import { SecondFactors } from './second-factors.service.js';
import { RelyingParty } from '../passkeys/relying-party.js';
import { newTotpSecret, otpauthUrl, totpStepOf } from './totp.js';
import { SecondFactorsRepository } from './second-factors.repository.js';

/** Modules of white around a QR code (ISO/IEC 18004). */
const QUIET_ZONE = 4;

/** What an authenticator app is set up with. */
export interface TotpEnrolment {
  /** Base32; told this once. */
  secret: string;
  otpauthUrl: string;
  qrSvg: string;
}

/** An authenticator app that works now. */
export interface ConfirmedTotp {
  confirmedAt: Date;
  /** Null when the account had codes before. */
  recoveryCodes: string[] | null;
}

/** Authenticator apps: adding, confirming and removing the one that an account may have. */
@Injectable()
export class TotpService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly factors: SecondFactorsRepository,
    private readonly changes: SecondFactors,
    private readonly secrets: Secrets,
    private readonly party: RelyingParty,
  ) {}

  /**
   * Makes a secret, which guards nothing until a code confirms it; an earlier one that was not confirmed is forgotten.
   *
   * @throws TotpAlreadyEnabledError
   */
  async enrol(userId: string): Promise<TotpEnrolment> {
    const { email } = await this.users.get(userId);
    const secret = newTotpSecret();
    const isStored = await this.factors.replacePendingTotp(userId, this.secrets.encrypt('totp-secret', secret));
    if (!isStored) throw new TotpAlreadyEnabledError();
    const { renderSVG } = await import('uqr');
    const url = otpauthUrl({ issuer: this.party.name, account: email, secret });
    return { secret, otpauthUrl: url, qrSvg: renderSVG(url, { border: QUIET_ZONE }) };
  }

  /**
   * Confirms the secret with a code of it; from then on every sign-in asks for one. The user's other sessions end.
   *
   * @throws TotpNotFoundError, TotpAlreadyEnabledError, WrongCodeError
   */
  async confirm(user: AuthenticatedUser, code: string, now: Date): Promise<ConfirmedTotp> {
    const totp = (await this.factors.findTotp(user.id)) ?? raise(new TotpNotFoundError());
    if (totp.confirmedAt) throw new TotpAlreadyEnabledError();
    const step = totpStepOf(this.secrets.decrypt('totp-secret', totp.sealedSecret), code, now);
    if (step === null) throw new WrongCodeError();
    return this.transactions.run(async () => {
      await this.users.lockActive(user.id);
      const confirmedAt = await this.factors.confirmTotp(user.id, totp.sealedSecret, step);
      if (!confirmedAt) throw new TotpAlreadyEnabledError();
      return { confirmedAt, recoveryCodes: await this.changes.added(user, 'totp') };
    });
  }

  /** Removes the authenticator app, confirmed or not. @throws TotpNotFoundError */
  remove(user: AuthenticatedUser): Promise<void> {
    return this.transactions.run(async () => {
      await this.users.lockActive(user.id);
      const totp = (await this.factors.findTotp(user.id)) ?? raise(new TotpNotFoundError());
      await this.factors.deleteTotp(user.id);
      if (totp.confirmedAt) await this.changes.removed(user, 'totp');
    });
  }
}
