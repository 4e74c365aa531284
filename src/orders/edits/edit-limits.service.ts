import { Injectable } from '@nestjs/common';
import type { Order } from '../entities/order.entity.js';
import type { OrderLine } from '../entities/order-line.entity.js';
import { NOTHING_GIVEN_BACK } from '../payments/refund-shares.js';
import { RefundSharesRepository } from '../payments/refund-shares.repository.js';
import type { EditPlan } from './edit-plan.js';
import { OrderEditTooLowError } from './order-edits.errors.js';
import { OrderEditsRepository } from './order-edits.repository.js';

/** What must stay of an order, whatever is edited. */
@Injectable()
export class EditLimits {
  constructor(
    private readonly edits: OrderEditsRepository,
    private readonly given: RefundSharesRepository,
  ) {}

  /** @throws OrderEditTooLowError for less than is cancelled, packed or shipped of a line, or refunded of it or of shipping. */
  async assertWithin(order: Order, lines: readonly OrderLine[], plan: EditPlan): Promise<void> {
    const packed = await this.edits.findPacked(order.id);
    const given = await this.given.findOfLines(order.id);
    for (const { before, after } of plan.lines) {
      if (!before) continue;
      const line = lines.find(({ id }) => id === before.id)!;
      const { quantity: refunded, amount, withheldAmount } = given.get(line.id) ?? NOTHING_GIVEN_BACK;
      const inParcels = packed.reduce((sum, { lineId, quantity }) => (lineId === line.id ? sum + quantity : sum), 0);
      const least = {
        quantity: Math.max(line.fulfilledQuantity + line.cancelledQuantity + inParcels, refunded),
        total: amount + withheldAmount,
      };
      if ((after?.quantity ?? 0) < least.quantity || (after?.totalAmount ?? 0) < least.total)
        throw new OrderEditTooLowError(line.id, least);
    }
    const { shippingTotalAmount, shippingTaxAmount } = plan.after;
    const total = (await this.given.findOfShipping(order.id)).amount;
    if (shippingTotalAmount + (order.pricesIncludeTax ? 0 : shippingTaxAmount) < total)
      throw new OrderEditTooLowError(null, { quantity: 0, total });
  }
}
