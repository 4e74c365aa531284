import { Module } from '@nestjs/common';
import { UsersModule } from '../../users/users.module.js';
import { AuthModule } from '../auth.module.js';
import { AcceptInviteController } from './accept-invite.controller.js';
import { AcceptInviteService } from './accept-invite.service.js';

/** From an invite to an account that can sign in. */
@Module({
  imports: [AuthModule, UsersModule],
  controllers: [AcceptInviteController],
  providers: [AcceptInviteService],
})
export class AcceptInviteModule {}
