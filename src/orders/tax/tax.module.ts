import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TaxController } from './tax.controller.js';
import { TaxRate, TaxSettings } from './tax-rate.entity.js';
import { TaxRepository } from './tax.repository.js';
import { TaxService } from './tax.service.js';

/** What taxes come to. It knows nothing of orders: pricing asks it. */
@Module({
  imports: [TypeOrmModule.forFeature([TaxRate, TaxSettings])],
  controllers: [TaxController],
  providers: [TaxService, TaxRepository],
})
export class TaxModule {}
