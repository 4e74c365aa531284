import { Module } from '@nestjs/common';
import { MailModule } from '../../mail/mail.module.js';
import { FulfilmentsModule } from '../fulfilments/fulfilments.module.js';
import { PromotionsModule } from '../promotions/promotions.module.js';
import { OrdersModule } from '../orders.module.js';
import { OrderMailService } from '../mails/order-mail.service.js';
import {
  OrderExpiryProcessor,
  OrderExportProcessor,
  OrderMailProcessor,
  PaymentSweepProcessor,
  PromotionCodesProcessor,
  RefundProcessor,
  VerificationProcessor,
} from './orders.processor.js';

/** The jobs of orders; only processes that run jobs import it. */
@Module({
  imports: [OrdersModule, FulfilmentsModule, PromotionsModule, MailModule],
  providers: [
    OrderMailService,
    OrderMailProcessor,
    OrderExpiryProcessor,
    OrderExportProcessor,
    PaymentSweepProcessor,
    PromotionCodesProcessor,
    RefundProcessor,
    VerificationProcessor,
  ],
})
export class OrdersJobsModule {}
