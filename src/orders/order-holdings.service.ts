import { Injectable } from '@nestjs/common';
import { InsufficientStockError } from '../products/inventory/inventory.errors.js';
import { InventoryService } from '../products/inventory/inventory.service.js';
import type { Order } from './entities/order.entity.js';
import { OrdersRepository } from './orders.repository.js';
import { stockedLines } from './order-totals.js';
import { PromotionUses } from './promotions/promotion-uses.service.js';

/** What an order holds that others want as well: stock, and uses of promotions. Locked in that order, after the order and its payments. */
@Injectable()
export class OrderHoldings {
  constructor(
    private readonly orders: OrdersRepository,
    private readonly inventory: InventoryService,
    private readonly uses: PromotionUses,
  ) {}

  /** Gives back all that a locked order holds; calling it again changes nothing. */
  async release({ id, promotions }: Order): Promise<void> {
    await this.inventory.release(id);
    if (promotions.length > 0) await this.uses.release(id);
  }

  /** Takes once more what a locked order held before it ended. @returns false, and holds nothing, when something of it is gone. */
  async takeAgain({ id, promotions }: Order): Promise<boolean> {
    const lines = await this.orders.findLines([id]);
    try {
      await this.inventory.reserve(id, stockedLines(lines));
    } catch (error) {
      // The refusal holds nothing, so the transaction goes on without the stock.
      if (error instanceof InsufficientStockError) return false;
      throw error;
    }
    if (promotions.length === 0 || (await this.uses.takeAgain(id))) return true;
    await this.inventory.release(id);
    return false;
  }
}
