import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ProductsModule } from '../../products/products.module.js';
import { OrderCancelService } from '../order-cancel.service.js';
import { OrdersModule } from '../orders.module.js';
import { Fulfilment, FulfilmentLine } from './fulfilment.entity.js';
import { FulfilmentJournal } from './fulfilment-journal.js';
import { FulfilmentsController } from './fulfilments.controller.js';
import { FulfilmentsRepository } from './fulfilments.repository.js';
import { FulfilmentsService } from './fulfilments.service.js';
import { ShipmentsService } from './shipments.service.js';

/** What comes after an order is confirmed: parcels of it. */
@Module({
  imports: [TypeOrmModule.forFeature([Fulfilment, FulfilmentLine]), OrdersModule, ProductsModule],
  controllers: [FulfilmentsController],
  providers: [FulfilmentsService, ShipmentsService, FulfilmentsRepository, FulfilmentJournal],
  exports: [FulfilmentsService, ShipmentsService],
})
export class FulfilmentsModule implements OnModuleInit {
  constructor(
    private readonly fulfilments: FulfilmentsService,
    private readonly cancellation: OrderCancelService,
  ) {}

  onModuleInit(): void {
    // What was never confirmed has none, and must not pay for the question.
    this.cancellation.onEnd(async ({ id }, { fromStatus }) => {
      if (fromStatus !== 'pending_payment') await this.fulfilments.cancelAllOf(id);
    });
  }
}
