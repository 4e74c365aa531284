import { Injectable } from '@nestjs/common';
import { IdempotencyRepository } from '../../common/idempotency/idempotency.repository.js';
import { MailService } from '../../mail/mail.service.js';
import { OperationsService } from '../../operations/operations.service.js';
import { AddressesRepository } from '../addresses/addresses.repository.js';
import { ConsentsRepository } from '../consents/consents.repository.js';
import { GroupsRepository } from '../groups/groups.repository.js';
import { InvitesRepository } from '../invites/invites.repository.js';
import type { PersonalDataSection } from '../personal-data.js';
import { UsersService } from '../users.service.js';

/** What is kept with an account itself. The account's own row is erased last, by `ErasureService`. */
@Injectable()
export class AccountSections {
  constructor(
    private readonly users: UsersService,
    private readonly addresses: AddressesRepository,
    private readonly groups: GroupsRepository,
    private readonly consents: ConsentsRepository,
    private readonly invites: InvitesRepository,
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
        export: (userId) => this.addresses.findAll(userId),
        erase: (userId) => this.addresses.deleteAll(userId),
      },
      {
        section: 'consents',
        description: 'What you agreed to and took back, when, and from which network address.',
        export: (userId) => this.consents.listAll(userId),
        erase: (userId) => this.consents.forgetAddresses(userId),
      },
      {
        section: 'invites',
        description: 'Invites to join the staff that were sent to you',
        export: (userId) => this.invitesOf(userId),
        erase: (userId, { emailCanonical, isEmailProven }) =>
          this.invites.deleteOf(userId, isEmailProven ? emailCanonical : null),
      },
    ];
  }

  private async profileOf(userId: string): Promise<Record<string, unknown>> {
    const { groups: _, ...user } = await this.users.get(userId);
    return { ...user, groups: await this.groups.listOf(userId) };
  }

  private async invitesOf(userId: string): Promise<Record<string, unknown>[]> {
    const invites = await this.invites.listOf(userId);
    return invites.map(({ email, name, roles, status, createdAt, acceptedAt, expiresAt }) => {
      return { email, name, roles, status, createdAt, acceptedAt, expiresAt };
    });
  }
}

/** What the machinery keeps for a while of what a person did: nothing of it is in an export, because it all stands elsewhere too. */
@Injectable()
export class TraceSections {
  constructor(
    private readonly operations: OperationsService,
    private readonly idempotency: IdempotencyRepository,
    private readonly mail: MailService,
  ) {}

  all(): PersonalDataSection[] {
    return [
      // Exports that lie ready to be downloaded.
      { section: 'operations', erase: (userId) => this.operations.removeAbout(userId) },
      // Answers kept in case a request is repeated.
      { section: 'answers', erase: (userId) => this.idempotency.forgetPrincipal(`user:${userId}`) },
      { section: 'mails', erase: (_, { email }) => this.mail.forget(email) },
    ];
  }
}
