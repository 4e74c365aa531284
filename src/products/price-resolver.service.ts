import { Injectable } from '@nestjs/common';
import { type Money, money } from '../common/money/money.js';
import { variantName } from './product-options.js';
import { ProductsRepository } from './products.repository.js';

/** What somebody wants to buy of one variant. */
export interface PriceQuestion {
  readonly variantId: string;
  /** Whole units, all lines of the variant together. */
  readonly quantity: number;
}

/** Who asks for prices, and in which currency. */
export interface Buyer {
  /** ISO 4217. */
  readonly currency: string;
  /** Null for a guest. */
  readonly customerId: string | null;
}

/** Why a price is what it is; told to shoppers and staff by `explain`. */
export interface PriceReason {
  readonly code: string;
  readonly message: string;
}

/** What one variant costs a buyer at this moment. */
export interface Quote {
  readonly variantId: string;
  readonly sku: string;
  /** Product name plus option values. */
  readonly name: string;
  /** The product is published and the variant not archived. */
  readonly isPublished: boolean;
  /** Price of one piece; null when the variant has none in the currency. */
  readonly unitPrice: Money | null;
  readonly reason: PriceReason;
  readonly productId: string;
  readonly categoryIds: readonly string[];
  readonly taxCategory: string;
  /** Of one piece; null when nobody has said. */
  readonly weightGrams: number | null;
  /** Whether it is sent or fetched; false for what is downloaded or done. */
  readonly requiresShipping: boolean;
}

/** Answers to the questions of a buyer. */
export interface Quotes {
  /** By variant id in lower case; variants that do not exist are absent. */
  readonly byVariant: ReadonlyMap<string, Quote>;
  /** Version of the rules of discounts, taxes and shipping at the moment of the quotes; null when nothing was asked. */
  readonly rulesVersion: number | null;
}

/** A quote of what can be bought right now. */
export type SellableQuote = Quote & { readonly unitPrice: Money };

export function isSellable(quote: Quote | undefined): quote is SellableQuote {
  return quote !== undefined && quote.isPublished && quote.unitPrice !== null;
}

/**
 * The one place that says what something costs. Carts and orders ask here and look at no price themselves.
 *
 * Today every buyer pays the price of the catalogue. Price lists, customer groups and minimum quantities change what stands behind `quote`:
 * it is told who buys how much, and says with each price why it is that one.
 */
@Injectable()
export class PriceResolver {
  constructor(private readonly products: ProductsRepository) {}

  /**
   * Prices variants, in one statement, whatever their number.
   *
   * @param questions Each variant once.
   */
  async quote(questions: readonly PriceQuestion[], { currency }: Buyer): Promise<Quotes> {
    const ids = questions.map(({ variantId }) => variantId);
    const rows = ids.length === 0 ? [] : await this.products.findQuotable(ids, currency);
    const reason = { code: 'catalogue_price', message: `The price of the catalogue in ${currency}.` };
    const byVariant = new Map(
      rows.map((row): [string, Quote] => [
        row.variantId,
        {
          variantId: row.variantId,
          sku: row.sku,
          name: variantName(row.productName, row.productOptions, row.options),
          isPublished: row.isPublished,
          unitPrice: row.amount === null ? null : money(row.amount, currency),
          reason,
          productId: row.productId,
          categoryIds: row.categoryIds,
          taxCategory: row.taxCategory,
          weightGrams: row.weightGrams,
          requiresShipping: row.requiresShipping,
        },
      ]),
    );
    return { byVariant, rulesVersion: rows[0]?.rulesVersion ?? null };
  }
}
