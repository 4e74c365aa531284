import { Module } from '@nestjs/common';
import { MailModule } from '../../mail/mail.module.js';
import { OrdersModule } from '../orders.module.js';
import { OrderConfirmationProcessor } from './order-confirmation.processor.js';
import { OrderConfirmationService } from './order-confirmation.service.js';
import { OrderExpiryProcessor } from './order-expiry.processor.js';
import { PaymentSweepProcessor } from './payment-sweep.processor.js';
import { RefundProcessor } from './refund.processor.js';

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
