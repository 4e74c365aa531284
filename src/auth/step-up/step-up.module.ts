import { Module } from '@nestjs/common';
import { UsersModule } from '../../users/users.module.js';
import { AuthModule } from '../auth.module.js';
import { MfaModule } from '../mfa/mfa.module.js';
import { PasskeysModule } from '../passkeys/passkeys.module.js';
import { ProofCheck } from './proof-check.service.js';
import { StepUpController } from './step-up.controller.js';
import { StepUpService } from './step-up.service.js';

/** Proving anew who one is. */
@Module({
  imports: [AuthModule, MfaModule, PasskeysModule, UsersModule],
  controllers: [StepUpController],
  providers: [ProofCheck, StepUpService],
})
export class StepUpModule {}
