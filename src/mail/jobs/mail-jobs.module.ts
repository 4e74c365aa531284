import { Module } from '@nestjs/common';
import { Metrics } from '../../common/metrics/metrics.js';
import { MailModule } from '../mail.module.js';
import { MailsRepository } from '../mails.repository.js';
import { MailProcessor } from './mail.processor.js';

/** The jobs of mail; only processes that run jobs import it. */
@Module({ imports: [MailModule], providers: [MailProcessor] })
export class MailJobsModule {
  constructor(metrics: Metrics, mails: MailsRepository) {
    metrics.add({
      name: 'storehouse_mails_uncertain',
      help: 'Mails of which nobody knows whether they have arrived; of all processes.',
      kind: 'gauge',
      read: async () => [{ value: await mails.countUncertain() }],
    });
  }
}
