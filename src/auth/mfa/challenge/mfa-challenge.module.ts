import { Module } from '@nestjs/common';
import { AuthModule } from '../../auth.module.js';
import { PasskeysModule } from '../../passkeys/passkeys.module.js';
import { MfaModule } from '../mfa.module.js';
import { MfaChallengeController } from './mfa-challenge.controller.js';
import { MfaChallengeService } from './mfa-challenge.service.js';

/** The second step of a sign-in. */
@Module({
  imports: [AuthModule, MfaModule, PasskeysModule],
  controllers: [MfaChallengeController],
  providers: [MfaChallengeService],
})
export class MfaChallengeModule {}
