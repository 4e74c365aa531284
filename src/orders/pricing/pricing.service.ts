import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { type PriceQuestion, PriceResolver, type Quote } from '../../products/price-resolver.service.js';
import { TaxQuotes } from '../tax/tax-quotes.js';
import { type Pricing, pricePurchase } from './price-purchase.js';
import type { PricingFacts, PricingRules } from './pricing-rules.js';
import { PricingRulesRepository } from './pricing-rules.repository.js';
import type { Customer, Purchase, PurchaseLine } from './purchase.js';

/** What is asked of the database before a purchase can be priced. */
export interface PricingRequest {
  /** Each variant once. */
  readonly variants: readonly PriceQuestion[];
  readonly currency: string;
  readonly customer: Customer;
  readonly codes: readonly string[];
}

/** What of a purchase may differ from call to call. */
export type PricingTerms = Pick<Purchase, 'destination' | 'withoutPromotions'> &
  Partial<Pick<Purchase, 'shippingMethod' | 'shippingPrice'>>;

/** A line to be priced: of a variant that has been quoted, or of what the catalogue does not have. */
export interface LineToPrice {
  readonly key: string;
  readonly variantId: string | null;
  readonly quantity: number;
  /** Minor units; the price of the catalogue unless given. Promotions leave a line alone whose price staff have set. */
  readonly unitPrice?: number;
  /** What an order that is edited has had taken off the line. */
  readonly adjustments?: PurchaseLine['adjustments'];
}

/** Prices and rules of one moment; prices any selection of the quoted variants without asking the database again. */
export class OpenedPricing {
  constructor(
    readonly quotes: ReadonlyMap<string, Quote>,
    private readonly request: PricingRequest,
    private readonly rules: PricingRules,
    private readonly facts: PricingFacts,
    private readonly isShippingMandatory: boolean,
    private readonly taxes: TaxQuotes,
  ) {}

  /** @throws RangeError when an amount is beyond the exact integers; what `TaxQuotes.calculate` does. */
  price(
    lines: readonly LineToPrice[],
    { destination, shippingMethod = null, shippingPrice = null, withoutPromotions }: PricingTerms,
  ): Pricing {
    const { currency, customer, codes } = this.request;
    const purchase: Purchase = {
      currency,
      customer,
      codes,
      destination,
      shippingMethod,
      shippingPrice,
      isShippingMandatory: this.isShippingMandatory,
      withoutPromotions,
      lines: lines.map((line) => this.toPurchaseLine(line)),
      now: new Date(),
    };
    return pricePurchase(purchase, this.rules, this.facts, this.taxes.calculate);
  }

  private toPurchaseLine({ key, variantId, quantity, unitPrice, adjustments }: LineToPrice): PurchaseLine {
    const quote = variantId === null ? undefined : this.quotes.get(variantId);
    return {
      key,
      variantId,
      quantity,
      productId: quote?.productId ?? null,
      categoryIds: quote?.categoryIds ?? [],
      taxCategory: quote?.taxCategory ?? 'standard',
      weightGrams: quote?.weightGrams ?? null,
      requiresShipping: quote?.requiresShipping ?? true,
      unitPrice: unitPrice ?? quote!.unitPrice!.amount,
      isDiscountable: unitPrice === undefined,
      adjustments,
    };
  }
}

/** The one way from what somebody wants to buy to what it costs: carts, orders, drafts and edits are priced here. */
@Injectable()
export class PricingService {
  constructor(
    private readonly prices: PriceResolver,
    private readonly rules: PricingRulesRepository,
    private readonly environment: Environment,
    private readonly taxes: TaxQuotes,
  ) {}

  /** Reads what pricing needs, in at most two statements: the prices, and the rules where they have changed or ask about the buyer. */
  async open(request: PricingRequest): Promise<OpenedPricing> {
    const { variants, currency, customer } = request;
    const { byVariant, rulesVersion } = await this.prices.quote(variants, { currency, customerId: customer.id });
    const { rules, facts } = await this.rules.find(rulesVersion, request);
    return new OpenedPricing(byVariant, request, rules, facts, this.environment.SHIPPING_MANDATORY, this.taxes);
  }
}
