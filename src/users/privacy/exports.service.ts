import { Injectable, Logger } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { MailService } from '../../mail/mail.service.js';
import { FILE_DAYS, type FileWriter, OperationFiles } from '../../operations/operation-files.service.js';
import { OperationsService, OperationStopped } from '../../operations/operations.service.js';
import { PersonalData, type PersonalDataSection } from '../personal-data.js';
import { UsersService } from '../users.service.js';

/** How often a job may begin before the export is given up: with the pauses between, over about two minutes. */
const MAX_ATTEMPTS = 8;

/** Puts together what is kept of a person, section by section, as one zip file. */
@Injectable()
export class ExportsService {
  private readonly logger = new Logger(ExportsService.name);

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly operations: OperationsService,
    private readonly files: OperationFiles,
    private readonly personalData: PersonalData,
    private readonly users: UsersService,
    private readonly mail: MailService,
  ) {}

  /**
   * Makes the file of an export and tells the person it is about; safe to run twice, also at the same time: one of the files counts.
   *
   * @throws whatever a section throws; after eight attempts the operation fails instead.
   */
  async run(operationId: string): Promise<void> {
    const begun = await this.operations.begin(operationId);
    if (begun?.subjectId == null) return;
    if (begun.attempts > MAX_ATTEMPTS) {
      this.logger.error(`Export ${operationId} is given up after ${MAX_ATTEMPTS} attempts`);
      await this.operations.fail(operationId, {
        code: 'user.export_failed',
        detail: 'The export could not be made; start another one.',
      });
      return;
    }
    const sections = this.personalData
      .all()
      .filter((section) => section.export !== undefined)
      .sort((left, right) => left.section.localeCompare(right.section));
    const file = await this.files.create(operationId, 'storehouse-export.zip', 'application/zip');
    try {
      await this.write(operationId, begun.subjectId, sections, file);
    } catch (error) {
      if (error instanceof OperationStopped) return this.files.drop(file.fileId);
      throw error;
    }
    await this.complete(operationId, begun.subjectId, file, sections.length);
  }

  private async write(
    operationId: string,
    userId: string,
    sections: readonly PersonalDataSection[],
    file: FileWriter,
  ): Promise<void> {
    // Exports are rare, and what packs them need not be in memory for the rest of the time.
    const { ExportArchive, jsonText } = await import('./export-archive.js');
    const archive = new ExportArchive((bytes) => file.write(bytes), new Date());
    await archive.add('README.txt', [readme(sections)]);
    for (const [index, section] of sections.entries()) {
      await this.operations.progress(operationId, index, sections.length);
      const data = section.export!(userId);
      await archive.add(`${section.section}.json`, jsonText(data instanceof Promise ? await data : data));
    }
    await archive.end();
    await this.operations.progress(operationId, sections.length, sections.length);
  }

  private async complete(operationId: string, userId: string, file: FileWriter, sections: number): Promise<void> {
    const sizeBytes = await file.finish();
    await this.transactions.run(async () => {
      // Another worker may have been faster, or the person has been erased: then this file is not wanted.
      if (!(await this.operations.succeed(operationId, { sections }))) return this.files.drop(file.fileId);
      if (!(await this.files.complete(file.fileId, sizeBytes)))
        throw new Error(`The file of export ${operationId} is gone`);
      const { email, name, locale, status } = await this.users.get(userId);
      if (status !== 'active') return;
      await this.mail.enqueue({
        template: 'export-ready',
        to: { name: name ?? '', address: email },
        locale,
        data: { operationId, days: FILE_DAYS },
      });
    });
  }
}

function readme(sections: readonly PersonalDataSection[]): string {
  const lines = sections.map(({ section, description = '' }) => `${section}.json`.padEnd(26) + description);
  return [
    'This archive holds what we keep of you. Each file is JSON text in UTF-8; times are UTC, amounts of money are in',
    'minor units (1999 EUR is 19.99 euros). Passwords and other secrets are stored in a form that nobody can read, and',
    'are not in here.',
    '',
    ...lines,
    '',
  ].join('\n');
}
