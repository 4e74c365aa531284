import { Module } from '@nestjs/common';
import { ImportModule } from '../../products/import/import.module.js';
import { OrderImportService } from './order-import.service.js';
import { PastOrdersRepository } from './past-orders.repository.js';

/** A module of its own, because the command line loads it without the rest of the shop. */
@Module({
  imports: [ImportModule],
  providers: [OrderImportService, PastOrdersRepository],
  exports: [OrderImportService],
})
export class OrderImportModule {}
