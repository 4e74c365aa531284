import { Injectable, Logger } from '@nestjs/common';
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import { AuditLog } from '../../audit/audit-log.js';
import { InvalidPasskeyError } from '../auth.errors.js';
import type { Device } from '../sessions.service.js';
import { Challenges } from '../sign-in/challenges.repository.js';
import { type SignInOutcome, SignIns } from '../sign-in/sign-ins.service.js';
import type { PasskeyRequestResponseDto, RequestOptionsDto } from './dto/passkey-response.dto.js';
import { type PasskeyKey, PasskeysRepository } from './passkeys.repository.js';
import { RelyingParty } from './relying-party.js';
import { checkedAssertion, PASSKEY_SECONDS, requestOptions, WebauthnRefusal } from './webauthn.js';

/** What a passkey is asked for; options for one are worthless for the other. */
export type AssertionKind = 'passkey_login' | 'passkey_second_factor';

/** What a client made of request options. */
export interface AssertionAnswer {
  /** Of the options that are answered. */
  token: string;
  credential: AuthenticationResponseJSON;
}

/** The conversation with a client that uses a passkey, and signing in with nothing else. */
@Injectable()
export class PasskeyAssertions {
  private readonly logger = new Logger(PasskeyAssertions.name);

  constructor(
    private readonly party: RelyingParty,
    private readonly passkeys: PasskeysRepository,
    private readonly challenges: Challenges,
    private readonly signIns: SignIns,
    private readonly audit: AuditLog,
  ) {}

  /** Options that any passkey of ours may answer; they say nothing about any account. */
  async beginLogin(): Promise<PasskeyRequestResponseDto> {
    return this.open('passkey_login', null, await requestOptions(this.party));
  }

  /** Options that a passkey of the user may answer; null when they have none. */
  async beginSecondFactor(userId: string): Promise<PasskeyRequestResponseDto | null> {
    const allowed = await this.passkeys.descriptorsOf(userId);
    if (allowed.length === 0) return null;
    return this.open('passkey_second_factor', userId, await requestOptions(this.party, allowed));
  }

  private async open(
    kind: AssertionKind,
    userId: string | null,
    options: RequestOptionsDto,
  ): Promise<PasskeyRequestResponseDto> {
    const data = { challenge: options.challenge };
    const token = await this.challenges.open(kind, { userId, data, ttlSeconds: PASSKEY_SECONDS });
    return { token, options, expiresIn: PASSKEY_SECONDS };
  }

  /**
   * Checks an answer, and notes the use of the passkey. The options are used up, also by an answer that is wrong, so this must not be
   * called inside a transaction that such an answer rolls back.
   *
   * @param expectedUserId Whose passkey it must be; undefined when the passkey is to say who it is.
   * @returns the owner.
   * @throws InvalidPasskeyError
   */
  async check(kind: AssertionKind, { token, credential }: AssertionAnswer, expectedUserId?: string): Promise<string> {
    const challenge = await this.challenges.take(kind, token);
    if (!challenge) throw this.refusal('The options are unknown, used or too old');
    const key = await this.passkeys.findKey(Buffer.from(credential.id, 'base64url'));
    if (!key) throw this.refusal('The credential is unknown');
    const owner = expectedUserId ?? challenge.userId;
    if (owner !== null && owner !== key.userId) throw this.refusal('The passkey is that of another user', key);
    // WebAuthn section 7.2, step 6: whoever was not asked for by name must say who they are.
    if (owner === null && !credential.response.userHandle) throw this.refusal('There is no user handle', key);
    await this.verify(key, challenge.data.challenge as string, credential);
    return key.userId;
  }

  /**
   * Signs in whoever the passkey belongs to. It verified its user, so nothing else is asked for.
   *
   * @throws InvalidPasskeyError; InvalidCredentialsError when the account is disabled.
   */
  async login(answer: AssertionAnswer, device: Device): Promise<SignInOutcome> {
    const userId = await this.check('passkey_login', answer).catch(async (error: unknown) => {
      if (error instanceof InvalidPasskeyError)
        await this.audit.record({ action: 'auth.login_failed', after: { method: 'passkey' } });
      throw error;
    });
    return this.signIns.begin(userId, { method: 'passkey', device, isMultiFactor: true });
  }

  private async verify(key: PasskeyKey, challenge: string, credential: AuthenticationResponseJSON): Promise<void> {
    const assertion = await checkedAssertion(this.party, challenge, credential, key).catch((error: unknown) => {
      throw error instanceof WebauthnRefusal ? this.refusal(error.message, key) : error;
    });
    if (await this.passkeys.noteUse(key.id, assertion)) return;
    await this.reportCopy(key, assertion.signCount);
    throw new InvalidPasskeyError();
  }

  /** The authenticator signed, but has counted less than before: there are two of it (WebAuthn section 6.1.1). */
  private async reportCopy({ id: passkeyId, userId, signCount: stored }: PasskeyKey, presented: number): Promise<void> {
    this.logger.warn({
      msg: 'A passkey counts backwards, so there may be a copy of it',
      event: 'auth.passkey_cloned',
      passkeyId,
      userId,
      stored,
      presented,
    });
    await this.audit.record({
      action: 'auth.passkey_cloned',
      target: { type: 'user', id: userId },
      after: { passkeyId, stored, presented },
    });
  }

  private refusal(reason: string, key?: PasskeyKey): InvalidPasskeyError {
    this.logger.debug({ msg: 'Passkey refused', reason, passkeyId: key?.id });
    return new InvalidPasskeyError();
  }
}
