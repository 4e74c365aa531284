import { Module } from '@nestjs/common';
import { MailModule } from '../../mail/mail.module.js';
import { OrdersModule } from '../orders.module.js';
import { OrderConfirmationService } from './order-confirmation.service.js';
import {
  OrderConfirmationProcessor,
  OrderExpiryProcessor,
  PaymentSweepProcessor,
  RefundProcessor,
} from './orders.processor.js';

/** The jobs of orders; only processes that run jobs import it. */
@Module({
  imports: [OrdersModule, MailModule],
  providers: [
    OrderConfirmationService,
    OrderConfirmationProcessor,
    OrderExpiryProcessor,
    PaymentSweepProcessor,
    RefundProcessor,
  ],
})
export class OrdersJobsModule {}
