import { Module, type OnModuleInit } from '@nestjs/common';
import { PersonalData } from '../../users/personal-data.js';
import { UsersModule } from '../../users/users.module.js';
import { AuthModule } from '../auth.module.js';
import { MfaModule } from '../mfa/mfa.module.js';
import { toPasskeyResponse } from './dto/passkey-response.dto.js';
import { PasskeyAssertions } from './passkey-assertions.service.js';
import { PasskeyLoginController } from './passkey-login.controller.js';
import { PasskeyLogin } from './passkey-login.service.js';
import { PasskeyRegistrations } from './passkey-registrations.service.js';
import { PasskeysController } from './passkeys.controller.js';
import { MOST_PASSKEYS, PasskeysRepository } from './passkeys.repository.js';
import { PasskeysService } from './passkeys.service.js';
import { RelyingParty } from './relying-party.js';

/** Passkeys: making them, and signing in with them. */
@Module({
  imports: [AuthModule, MfaModule, UsersModule],
  controllers: [PasskeyLoginController, PasskeysController],
  providers: [PasskeyAssertions, PasskeyLogin, PasskeyRegistrations, PasskeysRepository, PasskeysService, RelyingParty],
  exports: [PasskeyAssertions],
})
export class PasskeysModule implements OnModuleInit {
  constructor(
    private readonly passkeys: PasskeysRepository,
    private readonly personalData: PersonalData,
  ) {}

  onModuleInit(): void {
    this.personalData.add({
      section: 'passkeys',
      description: 'The passkeys that you made for us: what you call them, and when they were used.',
      export: async (userId) =>
        (await this.passkeys.list(userId, { before: null, limit: MOST_PASSKEYS })).map(toPasskeyResponse),
      erase: (userId) => this.passkeys.deleteAllOf(userId),
    });
  }
}
