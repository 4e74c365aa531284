import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RetentionTasks } from '../../jobs/retention-tasks.js';
import { MailModule } from '../../mail/mail.module.js';
import { PersonalData } from '../../users/personal-data.js';
import { UsersModule } from '../../users/users.module.js';
import { CreditAdjustments } from './credit-adjustments.service.js';
import { CreditLedger } from './credit-ledger.service.js';
import { CreditPrivacy } from './credit-privacy.service.js';
import { CreditRepository } from './credit.repository.js';
import { CreditAccount } from './entities/credit-account.entity.js';
import { CreditCharge, CreditOperation } from './entities/credit-charge.entity.js';
import { CreditEntry } from './entities/credit-entry.entity.js';
import { GiftCardIssuing } from './gift-card-issuing.service.js';
import { GiftCardsController } from './gift-cards.controller.js';
import { GiftCardsService } from './gift-cards.service.js';
import { StoreCreditController } from './store-credit.controller.js';

/** Money that customers have with the shop. It stands below orders, which pay with it as through any other company, and knows nothing of them. */
@Module({
  imports: [
    TypeOrmModule.forFeature([CreditAccount, CreditEntry, CreditCharge, CreditOperation]),
    UsersModule,
    MailModule,
  ],
  controllers: [GiftCardsController, StoreCreditController],
  providers: [CreditRepository, CreditLedger, CreditAdjustments, CreditPrivacy, GiftCardsService, GiftCardIssuing],
  exports: [CreditLedger, GiftCardIssuing],
})
export class GiftCardsModule implements OnModuleInit {
  constructor(
    private readonly ledger: CreditLedger,
    private readonly privacy: CreditPrivacy,
    private readonly personalData: PersonalData,
    private readonly retention: RetentionTasks,
  ) {}

  onModuleInit(): void {
    this.personalData.add({
      section: 'credit',
      description: 'Gift cards that were issued for you or mailed to you, your store credit, and what became of them.',
      export: (userId) => this.privacy.export(userId),
      erase: (userId, { emailCanonical, isEmailProven }) =>
        this.privacy.erase(userId, isEmailProven ? emailCanonical : null),
    });
    this.retention.add({ name: 'expired gift cards', purge: (limit) => this.ledger.expire(limit) });
  }
}
