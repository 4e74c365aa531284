import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { erasedEmailOf } from '../../common/validation/email-address.js';
import { ProductsModule } from '../../products/products.module.js';
import { PersonalData } from '../../users/personal-data.js';
import { UsersModule } from '../../users/users.module.js';
import { OrdersModule } from '../orders.module.js';
import { Return, ReturnLine } from './return.entity.js';
import { ReturnExchangesService } from './return-exchanges.service.js';
import { ReturnJournal } from './return-journal.js';
import { ReturnReceivingService } from './return-receiving.service.js';
import { ReturnRefundsService } from './return-refunds.service.js';
import { ReturnsController } from './returns.controller.js';
import { ReturnsRepository } from './returns.repository.js';
import { ReturnsService } from './returns.service.js';

/** Goods that customers send back. */
@Module({
  imports: [TypeOrmModule.forFeature([Return, ReturnLine]), OrdersModule, ProductsModule, UsersModule],
  controllers: [ReturnsController],
  providers: [
    ReturnsService,
    ReturnReceivingService,
    ReturnRefundsService,
    ReturnExchangesService,
    ReturnJournal,
    ReturnsRepository,
  ],
  exports: [ReturnsService],
})
export class ReturnsModule implements OnModuleInit {
  constructor(
    private readonly returns: ReturnsRepository,
    private readonly personalData: PersonalData,
  ) {}

  onModuleInit(): void {
    this.personalData.add({
      section: 'returns',
      description: 'What you sent back, and why.',
      export: (userId) => this.returns.list(userId),
      erase: (userId, { emailCanonical, isEmailProven }) =>
        this.returns.erase(userId, [erasedEmailOf(userId), ...(isEmailProven ? [emailCanonical] : [])]),
    });
  }
}
