import { Process, Processor } from '@nestjs/bull';
import type { Job } from 'bull';
import { EventJobs } from '../../jobs/event-jobs.js';
import { type EventJob, policyOf, QUEUES } from '../../jobs/queues.js';
import type { CreateExportDto } from '../export/export.dto.js';
import { OrderExportsService } from '../export/order-exports.service.js';
import { FulfilmentMails } from '../fulfilments/fulfilment-mails.service.js';
import { OverdueDeliveries } from '../fulfilments/overdue-deliveries.service.js';
import { OrderExpiryService } from '../order-expiry.service.js';
import { OrderStatesService } from '../order-states.service.js';
import { PaymentOperationsService } from '../payments/payment-operations.service.js';
import { PaymentSweepService } from '../payments/payment-sweep.service.js';
import { PaymentWebhooksService } from '../payments/webhooks/payment-webhooks.service.js';
import { type CodeOrder, GenerateCodesService } from '../promotions/generate-codes.service.js';
import { RefundsService } from '../payments/refunds.service.js';
import { OrderMailService } from '../mails/order-mail.service.js';
import { VerificationService } from '../verification/verification.service.js';

@Processor(QUEUES.orderMail)
export class OrderMailProcessor {
  constructor(
    private readonly events: EventJobs,
    private readonly mails: OrderMailService,
    private readonly fulfilments: FulfilmentMails,
  ) {}

  @Process({ concurrency: policyOf(QUEUES.orderMail).concurrency })
  send(job: Job<EventJob>): Promise<void> {
    return this.events.run(QUEUES.orderMail, job, (event) =>
      event.type === 'fulfilment.shipped' ? this.fulfilments.tell(event.aggregateId) : this.mails.tell(event),
    );
  }
}

@Processor(QUEUES.orderExport)
export class OrderExportProcessor {
  constructor(
    private readonly events: EventJobs,
    private readonly exports: OrderExportsService,
  ) {}

  @Process()
  export(job: Job<EventJob>): Promise<void> {
    return this.events.run(QUEUES.orderExport, job, ({ aggregateId, data }) =>
      this.exports.run(aggregateId, data as unknown as CreateExportDto),
    );
  }
}

@Processor(QUEUES.promotionCodes)
export class PromotionCodesProcessor {
  constructor(
    private readonly events: EventJobs,
    private readonly generation: GenerateCodesService,
  ) {}

  @Process()
  generate(job: Job<EventJob>): Promise<void> {
    return this.events.run(QUEUES.promotionCodes, job, ({ aggregateId, data }) =>
      this.generation.run(aggregateId, data as unknown as CodeOrder),
    );
  }
}

/** Asks providers for what has been promised: refunds, and authorisations to be given up, or captured for a shipment. */
@Processor(QUEUES.refund)
export class RefundProcessor {
  constructor(
    private readonly events: EventJobs,
    private readonly refunds: RefundsService,
    private readonly operations: PaymentOperationsService,
  ) {}

  @Process()
  refund(job: Job<EventJob>): Promise<void> {
    return this.events.run(QUEUES.refund, job, async ({ data: { refundId, operationId, operationIds } }) => {
      if (refundId !== undefined) return this.refunds.execute(refundId as string);
      for (const id of (operationIds ?? [operationId]) as string[]) await this.operations.execute(id);
    });
  }
}

@Processor(QUEUES.orderExpiry)
export class OrderExpiryProcessor {
  constructor(
    private readonly expiry: OrderExpiryService,
    private readonly states: OrderStatesService,
    private readonly mails: OrderMailService,
    private readonly deliveries: OverdueDeliveries,
  ) {}

  /**
   * What time brings about: orders that are not paid end, parcels that must have arrived count as such, orders that are done are completed,
   * and customers hear that theirs waits.
   */
  @Process()
  async expire(): Promise<void> {
    const delivered = this.deliveries.deliver().then(() => this.states.completeDue());
    await Promise.all([this.expiry.expireDue(), delivered, this.mails.tellAwaited()]);
  }
}

@Processor(QUEUES.paymentSweep)
export class PaymentSweepProcessor {
  constructor(
    private readonly payments: PaymentSweepService,
    private readonly webhooks: PaymentWebhooksService,
  ) {}

  @Process()
  async sweep(): Promise<void> {
    await this.webhooks.sweep();
    await this.payments.sweep();
  }
}

@Processor(QUEUES.verification)
export class VerificationProcessor {
  constructor(private readonly verification: VerificationService) {}

  @Process()
  verify(): Promise<void> {
    return this.verification.watch();
  }
}
