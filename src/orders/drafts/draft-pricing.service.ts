import { Injectable } from '@nestjs/common';
import { type FieldError, raise } from '../../common/errors/domain.error.js';
import { InvalidRequestError } from '../../common/errors/request.errors.js';
import type { Money } from '../../common/money/money.js';
import { Environment } from '../../config/environment.js';
import { isSellable } from '../../products/price-resolver.service.js';
import { UserNotFoundError } from '../../users/users.errors.js';
import { UsersService } from '../../users/users.service.js';
import type { Order } from '../entities/order.entity.js';
import { OrderLine } from '../entities/order-line.entity.js';
import { OrderNumbersRepository } from '../numbers/order-numbers.repository.js';
import { mergeLines, withinRange } from '../order-totals.js';
import { VariantNotSellableError } from '../orders.errors.js';
import type { Pricing } from '../pricing/price-purchase.js';
import { type OpenedPricing, PricingService } from '../pricing/pricing.service.js';
import type { DraftLineDto } from './draft.dto.js';
import { DraftCustomerUnknownError, NumberSeriesUnknownError } from './drafts.errors.js';

/** The longest that stock is held for an order that staff have sent. */
const MAX_TTL_MS = 90 * 86_400_000;
/** What stands for the SKU of what the catalogue does not have. */
export const CUSTOM_SKU = 'CUSTOM';

/** The lines of a draft and what they come to. */
export interface PricedDraft {
  readonly lines: readonly OrderLine[];
  readonly pricing: Pricing;
}

/** A line of a draft, with the price that it has. */
type DraftLine = Partial<Pick<OrderLine, 'id'>> &
  Pick<OrderLine, 'variantId' | 'sku' | 'name' | 'quantity' | 'unitPriceAmount' | 'priceReason'>;

/** What a draft may say, and what it comes to. */
@Injectable()
export class DraftPricing {
  constructor(
    private readonly pricing: PricingService,
    private readonly users: UsersService,
    private readonly numbers: OrderNumbersRepository,
    private readonly environment: Environment,
  ) {}

  /**
   * Prices the lines: by the catalogue, or as staff say. Lines stay apart, even of one variant, as each may have its price. Promotions do
   * not apply; taxes do.
   *
   * @param shippingPrice Minor units.
   * @throws VariantNotSellableError pointing at lines of what is not published, or has no price and is given none; OrderTotalTooLargeError;
   * InvalidRequestError for lines that say too little, or two things at once.
   */
  async price(wanted: readonly DraftLineDto[], order: Order, shippingPrice: number): Promise<PricedDraft> {
    const { currency } = order;
    const faults = wanted.flatMap((line, index) => faultsOf(line, currency, `/lines/${index}`));
    if (faults.length > 0) throw new InvalidRequestError(faults);
    const opened = await this.open(wanted, order);
    const { quotes } = opened;
    const missing = wanted.flatMap(({ variantId, unitPrice }, index) => {
      const quote = quotes.get(variantId ?? '');
      return !variantId || (quote && (unitPrice ? quote.isPublished : isSellable(quote))) ? [] : [index];
    });
    if (missing.length > 0) {
      const places = missing.map((index) => `/lines/${index}/variantId`);
      throw new VariantNotSellableError(places, currency);
    }
    const lines = wanted.map(({ variantId = null, name, sku, quantity, unitPrice, priceReason = null }) => {
      const quote = quotes.get(variantId ?? '');
      return {
        variantId,
        sku: quote?.sku ?? sku ?? CUSTOM_SKU,
        name: quote?.name ?? name!,
        quantity,
        unitPriceAmount: (unitPrice ?? quote!.unitPrice!).amount,
        priceReason,
      };
    });
    return this.sum(opened, lines, order, shippingPrice);
  }

  /** Prices lines that are there once more, each at the price that it has. @param shippingPrice Minor units. @throws OrderTotalTooLargeError */
  async reprice(lines: readonly OrderLine[], order: Order, shippingPrice: number): Promise<PricedDraft> {
    return this.sum(await this.open(lines, order), lines, order, shippingPrice);
  }

  private open(
    lines: readonly { readonly variantId?: string | null; readonly quantity: number }[],
    { currency, customerId, email }: Order,
  ): Promise<OpenedPricing> {
    const stocked = lines.flatMap(({ variantId, quantity }) => (variantId ? [{ variantId, quantity }] : []));
    const customer = { id: customerId, email };
    return this.pricing.open({ variants: mergeLines(stocked), currency, customer, codes: [] });
  }

  private sum(
    opened: OpenedPricing,
    wanted: readonly DraftLine[],
    { id, shippingAddress }: Order,
    shippingPrice: number,
  ): PricedDraft {
    const asked = wanted.map(({ variantId, quantity, unitPriceAmount }, index) => ({
      key: String(index),
      variantId,
      quantity,
      unitPrice: unitPriceAmount,
    }));
    const pricing = withinRange(() => opened.price(asked, { destination: shippingAddress, shippingPrice }));
    const lines = wanted.map((line, index) => {
      const priced = OrderLine.of(id, index + 1, { ...line, ...pricing.lines[index]! });
      return Object.assign(priced, line.id !== undefined && { id: line.id });
    });
    return { lines, pricing };
  }

  /** Minor units of an amount that must be in the order's currency; 0 when there is none. @throws InvalidRequestError */
  amountOf(amount: Money | undefined, currency: string, pointer: string): number {
    if (amount && amount.currency !== currency) throw new InvalidRequestError([otherCurrency(pointer, currency)]);
    return amount?.amount ?? 0;
  }

  /** The account a draft is for, which is not erased meanwhile. @throws DraftCustomerUnknownError unless it is active. */
  async customerOf(id: string | null): Promise<{ email: string } | null> {
    if (id === null) return null;
    try {
      await this.users.lockActive(id);
    } catch (error) {
      throw error instanceof UserNotFoundError ? new DraftCustomerUnknownError() : error;
    }
    return (await this.users.find(id)) ?? raise(new DraftCustomerUnknownError());
  }

  /** @throws NumberSeriesUnknownError */
  async assertSeries(prefix: string | undefined): Promise<void> {
    if (prefix !== undefined && !(await this.numbers.find(prefix))) throw new NumberSeriesUnknownError();
  }

  /** Until when the stock of a sent draft is held. @throws InvalidRequestError for what is past, or more than 90 days away. */
  untilWhen(expiresAt: string | undefined, now: Date): Date {
    if (expiresAt === undefined) return new Date(now.getTime() + this.environment.DRAFT_TTL * 1000);
    const until = new Date(expiresAt);
    const left = until.getTime() - now.getTime();
    if (left <= 0 || left > MAX_TTL_MS)
      throw InvalidRequestError.of('/expiresAt', 'range', 'must be in the future, and at most 90 days away');
    return until;
  }
}

export const otherCurrency = (pointer: string, currency: string): FieldError => ({
  pointer: `${pointer}/currency`,
  code: 'currency',
  message: `must be ${currency}, the currency of the order`,
});

/** What a line that staff write says too little of, or twice. */
export function faultsOf(line: DraftLineDto, currency: string, pointer: string): FieldError[] {
  const { variantId, name, sku, unitPrice, priceReason } = line;
  const fault = (member: string, code: string, message: string) => ({ pointer: `${pointer}/${member}`, code, message });
  const faults: FieldError[] = [];
  if (variantId) {
    if (name !== undefined) faults.push(fault('name', 'unexpected', 'comes from the catalogue'));
    if (sku !== undefined) faults.push(fault('sku', 'unexpected', 'comes from the catalogue'));
    if (unitPrice && !priceReason)
      faults.push(fault('priceReason', 'required', 'is required with a price that is not that of the catalogue'));
    if (!unitPrice && priceReason) faults.push(fault('priceReason', 'unexpected', 'goes with a unitPrice'));
  } else {
    if (name === undefined) faults.push(fault('name', 'required', 'is required without a variantId'));
    if (!unitPrice) faults.push(fault('unitPrice', 'required', 'is required without a variantId'));
  }
  if (unitPrice && unitPrice.currency !== currency) faults.push(otherCurrency(`${pointer}/unitPrice`, currency));
  return faults;
}
