import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RetentionTasks } from '../jobs/retention-tasks.js';
import { MailModule } from '../mail/mail.module.js';
import { OperationsModule } from '../operations/operations.module.js';
import { AddressesController } from './addresses/addresses.controller.js';
import { AddressesRepository } from './addresses/addresses.repository.js';
import { AddressesService } from './addresses/addresses.service.js';
import { Address } from './addresses/entities/address.entity.js';
import { ConsentsController } from './consents/consents.controller.js';
import { ConsentsRepository } from './consents/consents.repository.js';
import { ConsentsService } from './consents/consents.service.js';
import { Consent } from './consents/entities/consent.entity.js';
import { Role, UserRole } from './entities/role.entity.js';
import { User } from './entities/user.entity.js';
import { CustomerGroup, CustomerGroupMember } from './groups/entities/customer-group.entity.js';
import { GroupsController } from './groups/groups.controller.js';
import { GroupsRepository } from './groups/groups.repository.js';
import { GroupsService } from './groups/groups.service.js';
import { Invite } from './invites/entities/invite.entity.js';
import { InviteAcceptance } from './invites/invite-acceptance.service.js';
import { InvitesController } from './invites/invites.controller.js';
import { InvitesRepository } from './invites/invites.repository.js';
import { InvitesService } from './invites/invites.service.js';
import { PersonalData } from './personal-data.js';
import { AccountSections, TraceSections } from './privacy/account-sections.js';
import { ErasureService } from './privacy/erasure.service.js';
import { ExportRequests } from './privacy/export-requests.service.js';
import { ExportsService } from './privacy/exports.service.js';
import { PrivacyController } from './privacy/privacy.controller.js';
import { AccessChanges } from './roles/access-changes.service.js';
import { RoleGrants } from './roles/role-grants.js';
import { RolesController } from './roles/roles.controller.js';
import { RolesRepository } from './roles/roles.repository.js';
import { RolesService } from './roles/roles.service.js';
import { AccountRecord } from './staff/account-record.js';
import { StaffController } from './staff/staff.controller.js';
import { StaffService } from './staff/staff.service.js';
import { UsersController } from './users.controller.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

/** Accounts and what belongs to them: roles, invites, addresses, groups, consents, and the rights of the person. */
@Module({
  imports: [
    TypeOrmModule.forFeature([User, Role, UserRole, Invite, Address, CustomerGroup, CustomerGroupMember, Consent]),
    MailModule,
    OperationsModule,
  ],
  controllers: [
    UsersController,
    StaffController,
    PrivacyController,
    RolesController,
    InvitesController,
    AddressesController,
    GroupsController,
    ConsentsController,
  ],
  providers: [
    UsersService,
    UsersRepository,
    StaffService,
    AccountRecord,
    RolesService,
    RolesRepository,
    RoleGrants,
    AccessChanges,
    InvitesService,
    InvitesRepository,
    InviteAcceptance,
    AddressesService,
    AddressesRepository,
    GroupsService,
    GroupsRepository,
    ConsentsService,
    ConsentsRepository,
    PersonalData,
    AccountSections,
    TraceSections,
    ExportRequests,
    ExportsService,
    ErasureService,
  ],
  exports: [UsersService, RolesRepository, RoleGrants, AccessChanges, InviteAcceptance, PersonalData, ExportsService],
})
export class UsersModule implements OnModuleInit {
  constructor(
    private readonly personalData: PersonalData,
    private readonly account: AccountSections,
    private readonly traces: TraceSections,
    private readonly erasure: ErasureService,
    private readonly invites: InvitesRepository,
    private readonly retention: RetentionTasks,
  ) {}

  onModuleInit(): void {
    for (const section of [...this.account.all(), ...this.traces.all()]) this.personalData.add(section);
    this.retention.add({ name: 'invites', purge: (limit) => this.invites.purgeEnded(limit) });
    this.retention.add({ name: 'traces of erased accounts', purge: (limit) => this.erasure.sweep(limit) });
  }
}
