import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { isSellable, type PriceQuestion, PriceResolver, type Quote } from '../../products/price-resolver.service.js';
import { TaxQuotes } from '../tax/tax-quotes.js';
import { type Pricing, pricePurchase } from './price-purchase.js';
import type { PricingFacts, PricingRules } from './pricing-rules.js';
import { PricingRulesRepository } from './pricing-rules.repository.js';
import type { CarrierQuestion, KnownRates } from '../shipping/carriers/carrier-question.js';
import { CarrierRatesRepository } from '../shipping/carriers/carrier-rates.repository.js';
import type { Customer, Destination, Purchase, PurchaseLine } from './purchase.js';

/** What is asked of the database before a purchase can be priced. */
export interface PricingRequest {
  /** Each variant once. */
  readonly variants: readonly PriceQuestion[];
  readonly currency: string;
  readonly customer: Customer;
  readonly codes: readonly string[];
  /** Where it goes, so that what carriers take is read along; no carrier ships it unless given. */
  readonly destination?: Destination | null;
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
    /** What other companies say. */
    private readonly outside: { readonly taxes: TaxQuotes; readonly rates?: KnownRates },
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
      rates: this.outside.rates,
      lines: lines.map((line) => this.toPurchaseLine(line)),
      now: new Date(),
    };
    return pricePurchase(purchase, this.rules, this.facts, this.outside.taxes.calculate);
  }

  /** What carriers would have to be asked to price all that can be bought of the quoted variants. */
  questions(destination: Destination): CarrierQuestion[] {
    const lines = this.request.variants
      .filter(({ variantId }) => isSellable(this.quotes.get(variantId)))
      .map(({ variantId, quantity }) => ({ key: variantId, variantId, quantity }));
    try {
      return this.price(lines, { destination }).shippingRefusals.flatMap(({ question }) => question ?? []);
    } catch (error) {
      // Too much to be counted: who prices it says so.
      if (error instanceof RangeError) return [];
      throw error;
    }
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
    private readonly carriers: CarrierRatesRepository,
    private readonly environment: Environment,
    private readonly taxes: TaxQuotes,
  ) {}

  /** Reads what pricing needs, in at most two statements: the prices, and the rules where they have changed or ask about the buyer; and one more where carriers price shipping. */
  async open(request: PricingRequest): Promise<OpenedPricing> {
    const { variants, currency, customer } = request;
    const { byVariant, rulesVersion } = await this.prices.quote(variants, { currency, customerId: customer.id });
    const { rules, facts } = await this.rules.find(rulesVersion, request);
    const { taxes } = this;
    const { SHIPPING_MANDATORY } = this.environment;
    const opened = new OpenedPricing(byVariant, request, rules, facts, SHIPPING_MANDATORY, { taxes });
    if (!request.destination || !rules.shipping.methods.some(({ pricing }) => pricing.type === 'carrier'))
      return opened;
    const questions = opened.questions(request.destination);
    if (questions.length === 0) return opened;
    const rates = await this.carriers.find(questions);
    return new OpenedPricing(byVariant, request, rules, facts, SHIPPING_MANDATORY, { taxes, rates });
  }
}
