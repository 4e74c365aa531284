import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { DraftsService } from '../drafts/drafts.service.js';
import type { OrderReach } from '../order-access.js';
import type { ExchangeReturnDto, ReturnDetail } from './return.dto.js';
import { ReturnJournal, STAFF_REACH } from './return-journal.js';
import { ReturnExchangedError, ReturnTransitionError } from './returns.errors.js';
import { ReturnsRepository } from './returns.repository.js';

/** Other goods for those that come back. */
@Injectable()
export class ReturnExchangesService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly drafts: DraftsService,
    private readonly returns: ReturnsRepository,
    private readonly journal: ReturnJournal,
  ) {}

  /**
   * Sends the customer another order for a return: written and sent as staff write any, in one transaction, so its stock is held and its
   * customer gets a link to pay it. What came back is refunded by the return as ever; no money moves between the two.
   *
   * @throws ReturnNotFoundError; ReturnTransitionError unless the goods are to come or have; ReturnExchangedError the second time;
   *   InsufficientStockError, and what `DraftsService.create` throws.
   */
  exchange(id: string, dto: ExchangeReturnDto, reach: OrderReach): Promise<ReturnDetail> {
    return this.transactions.run(async () => {
      const { order, row } = await this.journal.lock(id, STAFF_REACH);
      if (!['approved', 'received', 'refunded'].includes(row.status))
        throw new ReturnTransitionError(row.status, 'exchanged', []);
      if (row.exchangeOrderId !== null) throw new ReturnExchangedError(row.exchangeOrderId);
      const { customerId, email, currency, language, shippingAddress, billingAddress } = order;
      const whose = { customerId, email, currency, language, shippingAddress, billingAddress };
      row.exchangeOrderId = await this.drafts.create({ ...whose, ...dto }, reach);
      await this.drafts.send(row.exchangeOrderId, {}, reach);
      return this.journal.tell(order, await this.returns.save(row), true, 'exchanged');
    });
  }
}
