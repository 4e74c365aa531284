import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { MailModule } from '../../mail/mail.module.js';
import { Invite } from '../invites/entities/invite.entity.js';
import { InviteAcceptance } from '../invites/invite-acceptance.service.js';
import { InviteRecord } from '../invites/invite-record.js';
import { InvitedPeople } from '../invites/invited-people.js';
import { InvitesController } from '../invites/invites.controller.js';
import { InvitesRepository } from '../invites/invites.repository.js';
import { InvitesService } from '../invites/invites.service.js';
import { RolesModule } from '../roles/roles.module.js';
import { UsersModule } from '../users.module.js';
import { AccountRecord } from './account-record.js';
import { AccountStatusService } from './account-status.service.js';
import { StaffAccess } from './staff-access.js';
import { StaffAccounts } from './staff-accounts.service.js';
import { StaffController } from './staff.controller.js';
import { StaffRepository } from './staff.repository.js';
import { UserRolesService } from './user-roles.service.js';

/** What staff do to accounts: making, inviting, shutting out, and giving roles. */
@Module({
  imports: [TypeOrmModule.forFeature([Invite]), UsersModule, RolesModule, MailModule],
  controllers: [StaffController, InvitesController],
  providers: [
    StaffAccounts,
    StaffAccess,
    StaffRepository,
    AccountStatusService,
    AccountRecord,
    UserRolesService,
    InvitesService,
    InvitesRepository,
    InviteRecord,
    InviteAcceptance,
    InvitedPeople,
  ],
  exports: [InviteAcceptance, RolesModule],
})
export class StaffModule {}
