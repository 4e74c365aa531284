import { Injectable } from '@nestjs/common';
import { IdempotencyRepository } from '../../common/idempotency/idempotency.repository.js';
import { MailService } from '../../mail/mail.service.js';
import { OperationsService } from '../../operations/operations.service.js';
import type { PersonalDataSection } from '../personal-data.js';

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
