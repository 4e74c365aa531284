import { Module, type OnModuleInit } from '@nestjs/common';
import { MailModule } from '../../mail/mail.module.js';
import { PersonalData } from '../../users/personal-data.js';
import { UsersModule } from '../../users/users.module.js';
import { AuthModule } from '../auth.module.js';
import { toMfaResponse } from './dto/mfa-response.dto.js';
import { MfaStateRepository } from './mfa-state.repository.js';
import { MfaController } from './mfa.controller.js';
import { MfaService } from './mfa.service.js';
import { RecoveryCodesRepository } from './recovery-codes.repository.js';
import { RecoveryCodes } from './recovery-codes.service.js';
import { SecondFactorChanges } from './second-factor-changes.service.js';
import { SecondFactorCodes } from './second-factor-codes.service.js';
import { SecondFactorThrottle } from './second-factor-throttle.js';
import { TotpRepository } from './totp.repository.js';
import { TotpService } from './totp.service.js';

/** Authenticator apps and recovery codes. */
@Module({
  imports: [AuthModule, UsersModule, MailModule],
  controllers: [MfaController],
  providers: [
    MfaService,
    MfaStateRepository,
    RecoveryCodes,
    RecoveryCodesRepository,
    SecondFactorChanges,
    SecondFactorCodes,
    SecondFactorThrottle,
    TotpRepository,
    TotpService,
  ],
  exports: [SecondFactorChanges, SecondFactorCodes, SecondFactorThrottle],
})
export class MfaModule implements OnModuleInit {
  constructor(
    private readonly states: MfaStateRepository,
    private readonly totps: TotpRepository,
    private readonly recoveryCodes: RecoveryCodes,
    private readonly personalData: PersonalData,
  ) {}

  onModuleInit(): void {
    this.personalData.add({
      section: 'second-factors',
      description:
        'Whether there is an authenticator app, and how many recovery codes are left; neither can be shown again.',
      export: async (userId) => toMfaResponse(await this.states.find(userId)),
      erase: async (userId) => {
        await this.totps.delete(userId);
        await this.recoveryCodes.remove(userId);
      },
    });
  }
}
