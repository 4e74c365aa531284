import { Injectable, type OnModuleInit } from '@nestjs/common';
import { RetentionTasks } from '../jobs/retention-tasks.js';
import { PersonalData } from '../users/personal-data.js';
import { AccessChanges } from '../users/roles/access-changes.service.js';
import { AccountTokensRepository } from './accounts/account-tokens.repository.js';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { MachineRecognition } from './api-keys/machine-recognition.service.js';
import { toMfaResponse } from './mfa/dto/mfa.dto.js';
import { SecondFactorsRepository } from './mfa/second-factors.repository.js';
import { OAuthTokensRepository } from './oauth/oauth-tokens.repository.js';
import { toIdentityResponse } from './oidc/dto/oidc.dto.js';
import { IdentitiesRepository } from './oidc/identities.repository.js';
import { toPasskeyResponse } from './passkeys/dto/passkey-response.dto.js';
import { PasskeysRepository } from './passkeys/passkeys.repository.js';
import { type ExportedSession, SessionsRepository } from './sessions.repository.js';
import { Challenges } from './sign-in/challenges.repository.js';
import { SigningKeysRepository } from './signing-keys/signing-keys.repository.js';

/** Read for an export. */
const SESSIONS_AT_ONCE = 500;

/** What is kept for signing in: of whom, and for how long. */
@Injectable()
export class KeptData implements OnModuleInit {
  constructor(
    private readonly personalData: PersonalData,
    private readonly retention: RetentionTasks,
    private readonly sessions: SessionsRepository,
    private readonly challenges: Challenges,
    private readonly accountTokens: AccountTokensRepository,
    private readonly identities: IdentitiesRepository,
    private readonly secondFactors: SecondFactorsRepository,
    private readonly passkeys: PasskeysRepository,
    private readonly apiKeys: ApiKeysService,
    private readonly oauthTokens: OAuthTokensRepository,
    private readonly signingKeys: SigningKeysRepository,
    private readonly machines: MachineRecognition,
    private readonly access: AccessChanges,
  ) {}

  onModuleInit(): void {
    this.access.listen(() => this.machines.forget());
    this.addRetention();
    this.personalData.add({
      section: 'sessions',
      description: 'Where and with what you were signed in.',
      export: (userId) => this.sessionsOf(userId),
      erase: (userId) => this.sessions.erase(userId),
    });
    this.personalData.add({
      section: 'account-mails',
      description: 'A change of e-mail address that waits to be confirmed.',
      export: (userId) => this.accountTokens.findEmailChange(userId),
      erase: (userId) => this.accountTokens.deleteAllOf(userId),
    });
    this.personalData.add({
      section: 'identities',
      description: 'Sign-in providers that are linked to your account.',
      export: async (userId) => (await this.identities.listOf(userId)).map(toIdentityResponse),
      erase: (userId) => this.identities.deleteAllOf(userId),
    });
    this.personalData.add({
      section: 'second-factors',
      description:
        'Whether there is an authenticator app, and how many recovery codes are left; neither can be shown again.',
      export: async (userId) => toMfaResponse(await this.secondFactors.find(userId)),
      erase: async (userId) => {
        await this.secondFactors.deleteTotp(userId);
        await this.secondFactors.deleteRecoveryCodes(userId);
      },
    });
    this.personalData.add({
      section: 'passkeys',
      description: 'The passkeys that you made for us: what you call them, and when they were used.',
      export: async (userId) => (await this.passkeys.listOf(userId)).map(toPasskeyResponse),
      erase: (userId) => this.passkeys.deleteAllOf(userId),
    });
    this.personalData.add({
      section: 'api-keys',
      description: 'API keys that you made, without their secrets.',
      export: (userId) => this.apiKeys.exportMadeBy(userId),
      erase: (userId) => this.apiKeys.eraseMadeBy(userId),
    });
  }

  private addRetention(): void {
    this.retention.add({ name: 'sessions', purge: (limit) => this.sessions.purgeEnded(limit) });
    this.retention.add({ name: 'challenges', purge: (limit) => this.challenges.purgeEnded(limit) });
    this.retention.add({ name: 'signing keys', purge: (limit) => this.signingKeys.purgeRetired(limit) });
    this.retention.add({ name: 'account tokens', purge: (limit) => this.accountTokens.purgeEnded(limit) });
    this.retention.add({ name: 'API keys', purge: (limit) => this.apiKeys.purgeEnded(limit) });
    this.retention.add({ name: 'OAuth access tokens', purge: (limit) => this.oauthTokens.purgeEnded(limit) });
  }

  private async *sessionsOf(userId: string): AsyncIterable<ExportedSession> {
    for (let after: string | null = null; ;) {
      const sessions: ExportedSession[] = await this.sessions.findToExport(userId, after, SESSIONS_AT_ONCE);
      yield* sessions;
      if (sessions.length < SESSIONS_AT_ONCE) return;
      after = sessions.at(-1)!.id;
    }
  }
}
