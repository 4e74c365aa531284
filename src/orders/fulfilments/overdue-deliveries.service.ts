import { Injectable, Logger } from '@nestjs/common';
import { DomainError } from '../../common/errors/domain.error.js';
import { Environment } from '../../config/environment.js';
import { SYSTEM } from '../order-status.js';
import { FulfilmentsRepository } from './fulfilments.repository.js';
import { ShipmentsService } from './shipments.service.js';

/** Shipments that one look at the table takes up. */
const BATCH = 100;

/** Counts as delivered what nobody has told of, so that orders of shops that do not follow their parcels come to an end. */
@Injectable()
export class OverdueDeliveries {
  private readonly logger = new Logger(OverdueDeliveries.name);

  constructor(
    private readonly environment: Environment,
    private readonly fulfilments: FulfilmentsRepository,
    private readonly shipments: ShipmentsService,
  ) {}

  /**
   * Delivers what was shipped `DELIVERED_AFTER` seconds ago; any number of workers may do so at once, each shipment is a transaction of its own.
   *
   * @returns how many.
   */
  async deliver(now: Date = new Date()): Promise<number> {
    const { DELIVERED_AFTER } = this.environment;
    if (DELIVERED_AFTER === 0) return 0;
    const before = new Date(now.getTime() - DELIVERED_AFTER * 1000);
    for (let delivered = 0; ;) {
      const overdue = await this.fulfilments.findOverdue(before, BATCH);
      let done = 0;
      for (const id of overdue) if (await this.deliverOne(id)) done += 1;
      delivered += done;
      // What failed would be found again at once; the next run is seconds away.
      if (overdue.length < BATCH || done === 0) return delivered;
    }
  }

  private async deliverOne(id: string): Promise<boolean> {
    try {
      await this.shipments.deliver(id, SYSTEM);
      return true;
    } catch (error) {
      // Another worker, or somebody of the staff, was faster.
      if (!(error instanceof DomainError))
        this.logger.error(`fulfilment ${id} could not be delivered: ${String(error)}`);
      return false;
    }
  }
}
