import { Injectable } from '@nestjs/common';
import type { Money } from '../../common/money/money.js';
import { isSellable } from '../../products/price-resolver.service.js';
import type { NewOrderLine } from '../entities/order-line.entity.js';
import { mergeLines, type RequestedLine, withinRange } from '../order-totals.js';
import { OrderTotalChangedError, VariantNotSellableError } from '../orders.errors.js';
import { canonicalCode } from '../promotions/promotion-rules.js';
import { customerKeyOf, PromotionUses } from '../promotions/promotion-uses.service.js';
import { PromotionCodeNotApplicableError, PromotionUsageLimitError } from '../promotions/promotions.errors.js';
import { shippingErrorOf } from '../shipping/shipping.errors.js';
import type { Pricing } from './price-purchase.js';
import { PricingService } from './pricing.service.js';
import type { Destination } from './purchase.js';

/** What the price of an order follows from; prices come from the catalogue, never from here. */
export interface OrderToPrice {
  readonly lines: readonly RequestedLine[];
  readonly customerId: string | null;
  readonly email: string;
  readonly currency: string;
  readonly shippingAddress: Destination | null;
  /** Codes as `canonicalCode` writes them; none unless given. */
  readonly promotionCodes?: readonly string[];
  /** Whether the order is refused when one of them does not apply and no total is expected; not for those of a cart, which shows it. */
  readonly mustCodesApply?: boolean;
  /** Id or code; null when none has been chosen. */
  readonly shippingMethod?: string | null;
  /** The total the shopper was shown. */
  readonly expectedTotal?: Money;
}

/** What an order that is about to be placed comes to. */
export interface PricedOrder {
  readonly lines: readonly NewOrderLine[];
  readonly pricing: Pricing;
}

/** Prices an order, with or without promotions of which there is no use left. */
export type PriceOrder = (withoutPromotions?: ReadonlySet<string>) => PricedOrder;

/** What orders come to when they are placed. */
@Injectable()
export class OrderPricing {
  constructor(
    private readonly pricing: PricingService,
    private readonly uses: PromotionUses,
  ) {}

  /** Reads what the price of an order follows from. @throws VariantNotSellableError pointing at the lines. The price may be refused: OrderTotalTooLargeError, and what `shippingErrorOf` makes. */
  async open(request: OrderToPrice): Promise<PriceOrder> {
    const { currency, customerId, email, promotionCodes: codes = [], shippingAddress, shippingMethod } = request;
    const merged = mergeLines(request.lines);
    const customer = { id: customerId, email };
    const opened = await this.pricing.open({
      variants: merged,
      currency,
      customer,
      codes,
      destination: shippingAddress,
    });
    const { quotes } = opened;
    const missing = merged.filter(({ variantId }) => !isSellable(quotes.get(variantId)));
    if (missing.length > 0) {
      const places = missing.flatMap(({ requestedAt }) => requestedAt).sort((left, right) => left - right);
      throw new VariantNotSellableError(
        places.map((index) => `/lines/${index}/variantId`),
        currency,
      );
    }
    const asked = merged.map(({ variantId, quantity }) => ({ key: variantId, variantId, quantity }));
    return (withoutPromotions) => {
      const terms = { destination: shippingAddress, shippingMethod, withoutPromotions };
      const pricing = withinRange(() => opened.price(asked, terms));
      if (pricing.shippingProblem) throw shippingErrorOf(pricing.shippingProblem);
      const lines = merged.map(({ variantId }, index) => {
        const { sku, name } = quotes.get(variantId)!;
        return { variantId, sku, name, ...pricing.lines[index]! };
      });
      return { lines, pricing };
    };
  }

  /**
   * Compares what an order comes to with what its customer has seen.
   *
   * @throws OrderTotalChangedError; PromotionUsageLimitError, PromotionCodeNotApplicableError for codes that were sent along without the total they lead to: whoever
   * sends that has seen that they do not apply.
   */
  assertExpected({ expectedTotal, promotionCodes, mustCodesApply }: OrderToPrice, { totals, outcomes }: Pricing): void {
    if (expectedTotal && !isSame(expectedTotal, totals.total)) throw new OrderTotalChangedError(totals.total);
    if (expectedTotal || !mustCodesApply || !promotionCodes) return;
    const refused = promotionCodes.flatMap((code, place) => {
      const outcome = outcomes.find((one) => one.code === code);
      return outcome && !outcome.isApplied ? [{ place, reason: outcome.reason }] : [];
    });
    const usedUp = refused.find(({ reason }) => USED_UP.has(reason.code));
    if (usedUp) throw new PromotionUsageLimitError(`/promotionCodes/${usedUp.place}`);
    if (refused.length > 0) throw new PromotionCodeNotApplicableError(refused);
  }

  /**
   * Takes the uses of limited promotions for an order whose stock is held; no statement where none applies. One that applies by itself and
   * has just been used up is left out, and the order priced again.
   *
   * @throws PromotionUsageLimitError pointing at a code that has just been used up; what `assertExpected` throws of the new price.
   */
  async takeUses(orderId: string, request: OrderToPrice, price: PriceOrder, priced: PricedOrder): Promise<PricedOrder> {
    const { customerId, email, promotionCodes = [] } = request;
    const without = new Set<string>();
    for (let current = priced; ;) {
      const { promotionUses } = current.pricing;
      if (promotionUses.length === 0) return current;
      const key = customerKeyOf({ id: customerId, email });
      const usedUp = await this.uses.take(orderId, key, promotionUses);
      if (!usedUp) return current;
      if (usedUp.code !== null) {
        const entered = canonicalCode(usedUp.code);
        const place = promotionCodes.findIndex((code) => canonicalCode(code) === entered);
        throw new PromotionUsageLimitError(`/promotionCodes/${place}`);
      }
      current = price(without.add(usedUp.promotionId));
      this.assertExpected(request, current.pricing);
    }
  }
}

/** Reasons that are told alike, whether a use was gone before or has been taken at this moment. */
const USED_UP: ReadonlySet<string> = new Set(['code_used_up', 'used_up', 'used_up_by_customer']);

const isSame = (left: Money, right: Money): boolean => left.amount === right.amount && left.currency === right.currency;
