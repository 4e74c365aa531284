import { Injectable, Logger } from '@nestjs/common';
import type { RegistrationResponseJSON } from '@simplewebauthn/server';
import { raise } from '../../common/errors/domain.error.js';
import { newId } from '../../common/ids.js';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { UsersService } from '../../users/users.service.js';
import { PasskeyNotFoundError, PasskeyRejectedError, TooManyPasskeysError } from '../auth.errors.js';
import { SecondFactors } from '../mfa/second-factors.service.js';
import { Challenges } from '../sign-in/challenges.repository.js';
import type { PasskeyCreationResponseDto } from './dto/passkey-response.dto.js';
import type { Passkey } from './entities/passkey.entity.js';
import { PasskeysRepository } from './passkeys.repository.js';
import { RelyingParty } from './relying-party.js';
import {
  checkedRegistration,
  creationOptions,
  type NewCredential,
  PASSKEY_SECONDS,
  WebauthnRefusal,
} from './webauthn.js';

/** How many passkeys a user may have. */
const MOST_PASSKEYS = 20;

/** What a client made of registration options. */
export interface RegistrationAnswer {
  /** Of the options that are answered. */
  token: string;
  credential: RegistrationResponseJSON;
}

/** A passkey that was just added. */
export interface AddedPasskey {
  passkey: Passkey;
  /** Null when the account had codes before. */
  recoveryCodes: string[] | null;
}

/** The passkeys of an account: making, listing and removing them. */
@Injectable()
export class PasskeysService {
  private readonly logger = new Logger(PasskeysService.name);

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly passkeys: PasskeysRepository,
    private readonly challenges: Challenges,
    private readonly party: RelyingParty,
    private readonly factors: SecondFactors,
  ) {}

  /** Options for `navigator.credentials.create()`, and the token that the answer must bring along. */
  async begin(userId: string): Promise<PasskeyCreationResponseDto> {
    const [user, existing] = await Promise.all([this.users.get(userId), this.passkeys.descriptorsOf(userId)]);
    const options = await creationOptions(this.party, user, existing);
    const data = { challenge: options.challenge };
    const token = await this.challenges.open('passkey_registration', { userId, data, ttlSeconds: PASSKEY_SECONDS });
    return { token, options, expiresIn: PASSKEY_SECONDS };
  }

  /**
   * Adds the passkey that answers registration options of the same user, and ends their other sessions.
   *
   * @throws PasskeyRejectedError, TooManyPasskeysError
   */
  async add(user: AuthenticatedUser, name: string, answer: RegistrationAnswer): Promise<AddedPasskey> {
    const credential = await this.check(user.id, answer);
    return this.transactions.run(async () => {
      await this.users.lockActive(user.id);
      if ((await this.passkeys.count(user.id)) >= MOST_PASSKEYS) throw new TooManyPasskeysError(MOST_PASSKEYS);
      const id = newId();
      await this.passkeys.insert({ id, userId: user.id, name: name.trim(), ...credential });
      const passkey = await this.get(id, user.id);
      return { passkey, recoveryCodes: await this.factors.added(user, 'passkey') };
    });
  }

  /** Checks an answer; its options are used up, also by one that is wrong. @throws PasskeyRejectedError */
  private async check(userId: string, { token, credential }: RegistrationAnswer): Promise<NewCredential> {
    const challenge = await this.challenges.take('passkey_registration', token);
    if (challenge?.userId !== userId) throw new PasskeyRejectedError();
    try {
      return await checkedRegistration(this.party, challenge.data.challenge as string, credential);
    } catch (error) {
      if (!(error instanceof WebauthnRefusal)) throw error;
      this.logger.debug({ msg: 'Passkey not added', reason: error.message, userId });
      throw new PasskeyRejectedError();
    }
  }

  /** One page of a user's passkeys, newest first. */
  list(userId: string, request: PageRequest): Promise<Page<Passkey>> {
    return this.passkeys.findPage(userId, request);
  }

  /** @throws PasskeyNotFoundError */
  async get(id: string, userId: string): Promise<Passkey> {
    return (await this.passkeys.find(id, userId)) ?? raise(new PasskeyNotFoundError());
  }

  /** Removes a passkey and ends the user's other sessions. @throws PasskeyNotFoundError */
  remove(id: string, user: AuthenticatedUser): Promise<void> {
    return this.transactions.run(async () => {
      await this.users.lockActive(user.id);
      if (!(await this.passkeys.delete(id, user.id))) throw new PasskeyNotFoundError();
      await this.factors.removed(user, 'passkey');
    });
  }
}
