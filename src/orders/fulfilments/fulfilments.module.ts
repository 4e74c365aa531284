import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { erasedEmailOf } from '../../common/validation/email-address.js';
import { RetentionTasks } from '../../jobs/retention-tasks.js';
import { MailModule } from '../../mail/mail.module.js';
import { ProductsModule } from '../../products/products.module.js';
import { PersonalData } from '../../users/personal-data.js';
import { UsersModule } from '../../users/users.module.js';
import { OrderCancelService } from '../order-cancel.service.js';
import { OrdersModule } from '../orders.module.js';
import { Fulfilment, FulfilmentLine } from './fulfilment.entity.js';
import { FulfilmentMails } from './fulfilment-mails.service.js';
import { FulfilmentJournal } from './fulfilment-journal.js';
import { FulfilmentsController } from './fulfilments.controller.js';
import { FulfilmentsRepository } from './fulfilments.repository.js';
import { FulfilmentsService } from './fulfilments.service.js';
import { OverdueDeliveries } from './overdue-deliveries.service.js';
import { PickingListsController } from './picking-lists.controller.js';
import { PickingLists } from './picking-lists.service.js';
import { ShipmentsService } from './shipments.service.js';
import { ShippingCaptures } from './shipping-captures.service.js';

/** What comes after an order is confirmed: parcels of it. */
@Module({
  imports: [
    TypeOrmModule.forFeature([Fulfilment, FulfilmentLine]),
    OrdersModule,
    ProductsModule,
    UsersModule,
    MailModule,
  ],
  controllers: [FulfilmentsController, PickingListsController],
  providers: [
    FulfilmentsService,
    ShipmentsService,
    ShippingCaptures,
    OverdueDeliveries,
    FulfilmentMails,
    PickingLists,
    FulfilmentsRepository,
    FulfilmentJournal,
  ],
  exports: [FulfilmentsService, ShipmentsService, OverdueDeliveries, FulfilmentMails],
})
export class FulfilmentsModule implements OnModuleInit {
  constructor(
    private readonly fulfilments: FulfilmentsService,
    private readonly parcels: FulfilmentsRepository,
    private readonly mails: FulfilmentMails,
    private readonly cancellation: OrderCancelService,
    private readonly personalData: PersonalData,
    private readonly retention: RetentionTasks,
  ) {}

  onModuleInit(): void {
    this.personalData.add({
      section: 'fulfilments',
      description: 'What was sent to you, and by which numbers it is followed.',
      export: (userId) => this.parcels.list(userId),
      erase: async (userId, { emailCanonical, isEmailProven }) => {
        const emails = [erasedEmailOf(userId), ...(isEmailProven ? [emailCanonical] : [])];
        await this.mails.forget(await this.parcels.erase(userId, emails));
      },
    });
    this.retention.add({
      name: 'tracking numbers of erased people',
      purge: (limit) => this.parcels.eraseDelivered(limit),
    });
    // What was never confirmed has none, and must not pay for the question.
    this.cancellation.onEnd(async ({ id }, { fromStatus }) => {
      if (fromStatus !== 'pending_payment') await this.fulfilments.cancelAllOf(id);
    });
  }
}
