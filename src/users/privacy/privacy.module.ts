import { Module, type OnModuleInit } from '@nestjs/common';
import { RetentionTasks } from '../../jobs/retention-tasks.js';
import { MailModule } from '../../mail/mail.module.js';
import { OperationsModule } from '../../operations/operations.module.js';
import { PersonalData } from '../personal-data.js';
import { ProfilesModule } from '../profiles.module.js';
import { AccountRecord } from '../staff/account-record.js';
import { UsersModule } from '../users.module.js';
import { AccountSections } from './account-sections.js';
import { ErasureRules } from './erasure-rules.js';
import { ErasureService } from './erasure.service.js';
import { ExportRequests } from './export-requests.service.js';
import { ExportsService } from './exports.service.js';
import { PrivacyController } from './privacy.controller.js';
import { PrivacyRepository } from './privacy.repository.js';
import { TraceSections } from './trace-sections.js';

/** What people may ask of whoever keeps their data: to have it, and to be forgotten. */
@Module({
  imports: [UsersModule, ProfilesModule, OperationsModule, MailModule],
  controllers: [PrivacyController],
  providers: [
    ExportRequests,
    ExportsService,
    ErasureService,
    ErasureRules,
    PrivacyRepository,
    AccountRecord,
    AccountSections,
    TraceSections,
  ],
  exports: [ExportsService],
})
export class PrivacyModule implements OnModuleInit {
  constructor(
    private readonly personalData: PersonalData,
    private readonly account: AccountSections,
    private readonly traces: TraceSections,
    private readonly erasure: ErasureService,
    private readonly retention: RetentionTasks,
  ) {}

  onModuleInit(): void {
    for (const section of [...this.account.all(), ...this.traces.all()]) this.personalData.add(section);
    this.retention.add({ name: 'traces of erased accounts', purge: (limit) => this.erasure.sweep(limit) });
  }
}
