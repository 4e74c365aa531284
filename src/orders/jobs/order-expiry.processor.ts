import { Process, Processor } from '@nestjs/bull';
import { QUEUES } from '../../jobs/queues.js';
import { OrderExpiryService } from '../order-expiry.service.js';

@Processor(QUEUES.orderExpiry)
export class OrderExpiryProcessor {
  constructor(private readonly expiry: OrderExpiryService) {}

  @Process()
  async expire(): Promise<void> {
    await this.expiry.expireDue();
  }
}
