import { Process, Processor } from '@nestjs/bull';
import type { Job } from 'bull';
import { EventJobs } from '../../jobs/event-jobs.js';
import { type EventJob, QUEUES } from '../../jobs/queues.js';
import { OrderExpiryService } from '../order-expiry.service.js';
import { OrderStatesService } from '../order-states.service.js';
import { PaymentSweepService } from '../payments/payment-sweep.service.js';
import { RefundsService } from '../payments/refunds.service.js';
import { OrderConfirmationService } from './order-confirmation.service.js';

/** Mail servers answer slowly, so a worker keeps several on their way. */
const CONCURRENCY = 8;

@Processor(QUEUES.orderConfirmation)
export class OrderConfirmationProcessor {
  constructor(
    private readonly events: EventJobs,
    private readonly confirmation: OrderConfirmationService,
  ) {}

  @Process({ concurrency: CONCURRENCY })
  send(job: Job<EventJob>): Promise<void> {
    return this.events.run(QUEUES.orderConfirmation, job, ({ aggregateId }) => this.confirmation.send(aggregateId));
  }
}

@Processor(QUEUES.refund)
export class RefundProcessor {
  constructor(
    private readonly events: EventJobs,
    private readonly refunds: RefundsService,
  ) {}

  @Process()
  refund(job: Job<EventJob>): Promise<void> {
    return this.events.run(QUEUES.refund, job, ({ data }) => this.refunds.execute(data.refundId as string));
  }
}

@Processor(QUEUES.orderExpiry)
export class OrderExpiryProcessor {
  constructor(
    private readonly expiry: OrderExpiryService,
    private readonly states: OrderStatesService,
  ) {}

  /** Ends what time ends: orders that are not paid, and those that are done. */
  @Process()
  async expire(): Promise<void> {
    await this.expiry.expireDue();
    await this.states.completeDue();
  }
}

@Processor(QUEUES.paymentSweep)
export class PaymentSweepProcessor {
  constructor(private readonly payments: PaymentSweepService) {}

  @Process()
  sweep(): Promise<void> {
    return this.payments.sweep();
  }
}
