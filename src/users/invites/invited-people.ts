import { Injectable, type OnModuleInit } from '@nestjs/common';
import { RetentionTasks } from '../../jobs/retention-tasks.js';
import { PersonalData } from '../personal-data.js';
import { InvitesRepository } from './invites.repository.js';
import { InvitesService } from './invites.service.js';

/** What is known of people because they were invited, and when it goes. */
@Injectable()
export class InvitedPeople implements OnModuleInit {
  constructor(
    private readonly service: InvitesService,
    private readonly invites: InvitesRepository,
    private readonly personalData: PersonalData,
    private readonly retention: RetentionTasks,
  ) {}

  onModuleInit(): void {
    this.retention.add({ name: 'invites', purge: (limit) => this.service.purge(limit) });
    this.personalData.add({
      section: 'invites',
      description: 'Invites to join the staff that were sent to you',
      export: async (userId) =>
        (await this.invites.listOf(userId)).map(({ email, name, roles, status, createdAt, acceptedAt, expiresAt }) => ({
          email,
          name,
          roles,
          status,
          createdAt,
          acceptedAt,
          expiresAt,
        })),
      erase: (userId, { emailCanonical, isEmailProven }) =>
        this.invites.deleteOf(userId, isEmailProven ? emailCanonical : null),
    });
  }
}
