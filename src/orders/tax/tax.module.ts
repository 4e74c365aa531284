import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { lastOffered } from '../../common/extension-points.js';
import { PersonalData } from '../../users/personal-data.js';
import { UsersModule } from '../../users/users.module.js';
import { TAX_PROVIDERS } from './provider-list.js';
import { TaxController } from './tax.controller.js';
import { TaxExemption } from './tax-exemption.entity.js';
import { TaxExemptionsController } from './tax-exemptions.controller.js';
import { TaxExemptionsRepository } from './tax-exemptions.repository.js';
import { TaxExemptionsService } from './tax-exemptions.service.js';
import { TaxProvider } from './tax-provider.js';
import { TaxQuotes } from './tax-quotes.js';
import { TaxRate, TaxSettings } from './tax-rate.entity.js';
import { TaxRepository } from './tax.repository.js';
import { TaxService } from './tax.service.js';

/** What taxes come to. It knows nothing of orders: pricing asks it. */
@Module({
  imports: [TypeOrmModule.forFeature([TaxRate, TaxSettings, TaxExemption]), UsersModule],
  controllers: [TaxController, TaxExemptionsController],
  providers: [
    TaxService,
    TaxRepository,
    TaxExemptionsService,
    TaxExemptionsRepository,
    TaxQuotes,
    ...lastOffered(TaxProvider, TAX_PROVIDERS),
  ],
  exports: [TaxExemptionsService, TaxQuotes],
})
export class TaxModule implements OnModuleInit {
  constructor(
    private readonly exemptions: TaxExemptionsService,
    private readonly personalData: PersonalData,
  ) {}

  onModuleInit(): void {
    this.personalData.add({
      section: 'tax-exemption',
      description: 'The VAT id that you gave, and whether you pay no tax.',
      export: (userId) => this.exemptions.export(userId),
      erase: (userId) => this.exemptions.erase(userId),
    });
  }
}
