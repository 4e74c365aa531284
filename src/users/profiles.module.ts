import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AddressesController } from './addresses/addresses.controller.js';
import { AddressesRepository } from './addresses/addresses.repository.js';
import { AddressesService } from './addresses/addresses.service.js';
import { Address } from './addresses/entities/address.entity.js';
import { ConsentsController } from './consents/consents.controller.js';
import { ConsentsRepository } from './consents/consents.repository.js';
import { ConsentsService } from './consents/consents.service.js';
import { Consent } from './consents/entities/consent.entity.js';
import { CustomerGroupMember } from './groups/entities/customer-group-member.entity.js';
import { CustomerGroup } from './groups/entities/customer-group.entity.js';
import { GroupsController } from './groups/groups.controller.js';
import { GroupsRepository } from './groups/groups.repository.js';
import { GroupsService } from './groups/groups.service.js';
import { UsersModule } from './users.module.js';

/** What belongs to an account beside itself: addresses, customer groups, and what was agreed to. */
@Module({
  imports: [TypeOrmModule.forFeature([Address, CustomerGroup, CustomerGroupMember, Consent]), UsersModule],
  controllers: [AddressesController, GroupsController, ConsentsController],
  providers: [
    AddressesService,
    AddressesRepository,
    GroupsService,
    GroupsRepository,
    ConsentsService,
    ConsentsRepository,
  ],
  exports: [AddressesService, GroupsService, ConsentsService],
})
export class ProfilesModule {}
