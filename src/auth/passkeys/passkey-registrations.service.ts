import { Injectable, Logger } from '@nestjs/common';
import type { PublicKeyCredentialCreationOptionsJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { UsersService } from '../../users/users.service.js';
import { Challenges } from '../sign-in/challenges.service.js';
import { PasskeyRejectedError } from './passkeys.errors.js';
import { PasskeysRepository } from './passkeys.repository.js';
import { RelyingParty } from './relying-party.js';
import {
  checkedRegistration,
  creationOptions,
  type NewCredential,
  PASSKEY_SECONDS,
  WebauthnRefusal,
} from './webauthn.js';

/** What a client made of registration options. */
export interface RegistrationAnswer {
  /** Of the options that are answered. */
  token: string;
  credential: RegistrationResponseJSON;
}

/** The conversation with a client that makes a passkey. */
@Injectable()
export class PasskeyRegistrations {
  private readonly logger = new Logger(PasskeyRegistrations.name);

  constructor(
    private readonly party: RelyingParty,
    private readonly users: UsersService,
    private readonly passkeys: PasskeysRepository,
    private readonly challenges: Challenges,
  ) {}

  /** Options for `navigator.credentials.create()`, and the token that the answer must bring along. */
  async begin(userId: string): Promise<{ token: string; options: PublicKeyCredentialCreationOptionsJSON }> {
    const [user, existing] = await Promise.all([this.users.get(userId), this.passkeys.descriptorsOf(userId)]);
    const options = await creationOptions(this.party, user, existing);
    const data = { challenge: options.challenge };
    return {
      token: await this.challenges.open('passkey_registration', { userId, data, ttlSeconds: PASSKEY_SECONDS }),
      options,
    };
  }

  /** Checks an answer; its options are used up, also by one that is wrong. @throws PasskeyRejectedError */
  async check(userId: string, { token, credential }: RegistrationAnswer): Promise<NewCredential> {
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
}
