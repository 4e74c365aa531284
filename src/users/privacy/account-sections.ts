import { Injectable } from '@nestjs/common';
import { AddressesService } from '../addresses/addresses.service.js';
import { ConsentsService } from '../consents/consents.service.js';
import { GroupsService } from '../groups/groups.service.js';
import type { PersonalDataSection } from '../personal-data.js';
import { UsersService } from '../users.service.js';

/** What is kept with an account itself. The account's own row is erased last, by `ErasureService`. */
@Injectable()
export class AccountSections {
  constructor(
    private readonly users: UsersService,
    private readonly addresses: AddressesService,
    private readonly groups: GroupsService,
    private readonly consents: ConsentsService,
  ) {}

  all(): PersonalDataSection[] {
    return [
      {
        section: 'profile',
        description: 'Your account: address, name, telephone number, language, and the customer groups you are in.',
        export: (userId) => this.profileOf(userId),
        erase: (userId) => this.groups.removeFromAll(userId),
      },
      {
        section: 'addresses',
        description: 'Your address book.',
        export: (userId) => this.addresses.listAll(userId),
        erase: (userId) => this.addresses.removeAll(userId),
      },
      {
        section: 'consents',
        description: 'What you agreed to and took back, when, and from which network address.',
        export: (userId) => this.consents.listAll(userId),
        erase: (userId) => this.consents.forgetAddresses(userId),
      },
    ];
  }

  private async profileOf(userId: string): Promise<Record<string, unknown>> {
    const { groups: _, ...user } = await this.users.get(userId);
    return { ...user, groups: await this.groups.listOf(userId) };
  }
}
