import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { OperationsModule } from '../../operations/operations.module.js';
import { PersonalData } from '../../users/personal-data.js';
import { UsersModule } from '../../users/users.module.js';
import { Promotion, PromotionCode, PromotionCustomer, PromotionUse } from './entities/promotion.entity.js';
import { GenerateCodesService, GenerationJournal } from './generate-codes.service.js';
import { PromotionCodesService } from './promotion-codes.service.js';
import { PromotionUsesRepository } from './promotion-uses.repository.js';
import { PromotionUses } from './promotion-uses.service.js';
import { PromotionsController } from './promotions.controller.js';
import { PromotionsRepository } from './promotions.repository.js';
import { PromotionsService } from './promotions.service.js';

/** Promotions and their codes. Knows nothing of orders but their ids: orders are priced with it, and take and give back uses. */
@Module({
  imports: [
    TypeOrmModule.forFeature([Promotion, PromotionCode, PromotionUse, PromotionCustomer]),
    OperationsModule,
    UsersModule,
  ],
  controllers: [PromotionsController],
  providers: [
    PromotionsService,
    PromotionCodesService,
    GenerateCodesService,
    GenerationJournal,
    PromotionUses,
    PromotionsRepository,
    PromotionUsesRepository,
  ],
  exports: [GenerateCodesService, PromotionCodesService, PromotionUses],
})
export class PromotionsModule implements OnModuleInit {
  constructor(
    private readonly uses: PromotionUses,
    private readonly personalData: PersonalData,
  ) {}

  onModuleInit(): void {
    this.personalData.add({
      section: 'promotion-uses',
      description: 'Promotions of limited number that you have used.',
      export: (userId) => this.uses.export(userId),
      erase: (userId, { emailCanonical, isEmailProven }) =>
        this.uses.erase(userId, isEmailProven ? emailCanonical : null),
    });
  }
}
