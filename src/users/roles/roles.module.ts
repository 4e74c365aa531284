import { Module } from '@nestjs/common';
import { AccessChanges } from './access-changes.service.js';
import { LastAdmin } from './last-admin.js';
import { RoleGrants } from './role-grants.js';
import { RoleRecord } from './role-record.js';
import { RolesController } from './roles.controller.js';
import { RolesRepository } from './roles.repository.js';
import { RolesService } from './roles.service.js';

/** Roles, and the rules on who may have and give them; knows users by their ids only. */
@Module({
  controllers: [RolesController],
  providers: [RolesService, RolesRepository, RoleGrants, RoleRecord, LastAdmin, AccessChanges],
  exports: [RolesRepository, RoleGrants, LastAdmin, AccessChanges],
})
export class RolesModule {}
