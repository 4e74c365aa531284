import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { raise } from '../../common/errors/domain.error.js';
import { Outbox } from '../../jobs/outbox.js';
import type { Order } from '../entities/order.entity.js';
import type { OrderReach } from '../order-access.js';
import { OrdersRepository } from '../orders.repository.js';
import { PaymentsRepository } from '../payments/payments.repository.js';
import type { ReturnDetail } from './return.dto.js';
import { orderReturnStatus, type Return, type ReturnState } from './return.entity.js';
import { ReturnEvent } from './return.event.js';
import { ReturnNotFoundError } from './returns.errors.js';
import { ReturnsRepository } from './returns.repository.js';

/** What happens to a return: it comes to a state, or another order is sent for it. */
type Happened = ReturnState | 'exchanged';

/** What every change of a return begins and ends with, and how returns are read. */
@Injectable()
export class ReturnJournal {
  constructor(
    private readonly orders: OrdersRepository,
    private readonly payments: PaymentsRepository,
    private readonly returns: ReturnsRepository,
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
  ) {}

  /** Locks the order of a return, and reads the return under that lock. @throws ReturnNotFoundError also when it is out of reach. */
  async lock(
    id: string,
    reachOf: (orderId: string) => OrderReach,
  ): Promise<{ order: Order; row: Return; reach: OrderReach }> {
    const { orderId } = (await this.returns.find(id)) ?? raise(new ReturnNotFoundError());
    const reach = reachOf(orderId);
    const order = (await this.orders.lock(orderId, reach)) ?? raise(new ReturnNotFoundError());
    return { order, reach, row: (await this.returns.find(id))! };
  }

  /**
   * Tells what has happened to a saved return, for the record if staff did it, and saves what follows for its locked order (domain.md T2).
   *
   * @returns the return as it is answered.
   */
  async tell(order: Order, row: Return, isStaff: boolean, happened: Happened = row.status): Promise<ReturnDetail> {
    const open = await this.returns.findOpenQuantities(order.id);
    const lines = await this.orders.findLines([order.id]);
    // What has come back need not arrive any more.
    if (order.settleFulfilment(lines, new Date())) await this.orders.saveFulfilment(order);
    const status = orderReturnStatus(lines, open.size > 0);
    if (order.returnStatus !== status) {
      order.returnStatus = status;
      await this.orders.saveReturnStatus(order);
    }
    await this.outbox.add(new ReturnEvent(row, order, happened));
    if (isStaff) {
      const { id, orderId } = row;
      // What people wrote stays out of the record.
      await this.audit.record({
        action: `return.${happened}`,
        target: { type: 'return', id },
        after: { orderId, status: row.status },
      });
    }
    return (await this.detail([row]))[0]!;
  }

  /** Returns with their lines and refunds: two statements, whatever their number. */
  async detail(rows: readonly Return[]): Promise<ReturnDetail[]> {
    if (rows.length === 0) return [];
    const ids = rows.map(({ id }) => id);
    const lines = await this.returns.findLines(ids);
    const refunds = await this.payments.findRefunds({ returnIds: ids });
    return rows.map((row) =>
      Object.assign(row, {
        lines: lines.filter(({ returnId }) => returnId === row.id),
        refunds: refunds.filter(({ returnId }) => returnId === row.id),
      }),
    );
  }
}

/** Who is allowed to call an operation of staff at all reaches every order. */
export const STAFF_REACH = (): OrderReach => ({
  isStaff: true,
  customerId: null,
  holdsToken: false,
  actor: { kind: 'staff', id: null },
});
