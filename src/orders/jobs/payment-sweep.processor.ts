import { Process, Processor } from '@nestjs/bull';
import { QUEUES } from '../../jobs/queues.js';
import { PaymentSweepService } from '../payments/payment-sweep.service.js';

@Processor(QUEUES.paymentSweep)
export class PaymentSweepProcessor {
  constructor(private readonly payments: PaymentSweepService) {}

  @Process()
  sweep(): Promise<void> {
    return this.payments.sweep();
  }
}
