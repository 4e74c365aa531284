import { Injectable } from '@nestjs/common';
import { type FieldError, raise } from '../../common/errors/domain.error.js';
import { InvalidRequestError } from '../../common/errors/request.errors.js';
import { money } from '../../common/money/money.js';
import { InventoryService } from '../../products/inventory/inventory.service.js';
import { isSellable } from '../../products/price-resolver.service.js';
import { CUSTOM_SKU, faultsOf, otherCurrency } from '../drafts/draft-pricing.service.js';
import type { Order } from '../entities/order.entity.js';
import type { OrderLine } from '../entities/order-line.entity.js';
import { type LineAdjustment, mergeLines, withinRange } from '../order-totals.js';
import { VariantNotSellableError } from '../orders.errors.js';
import type { Payment } from '../payments/entities/payment.entity.js';
import { dueOf, excessOf } from '../payments/payment-status.js';
import type { Pricing } from '../pricing/price-purchase.js';
import { type OpenedPricing, PricingService } from '../pricing/pricing.service.js';
import {
  amountsAfter,
  amountsBefore,
  type EditedLine,
  editedLine,
  type EditedShipping,
  type EditPlan,
  heldMore,
  lineAfter,
  scaled,
} from './edit-plan.js';
import type { EditLineDto, ProposeEditDto } from './order-edit.dto.js';
import { OrderEditEmptyError, OrderEditLineUnknownError, OrderEditTaxesDifferError } from './order-edits.errors.js';

/** A line that is to be priced. */
interface WantedLine {
  /** The line that it replaces; null for one that is added. */
  readonly before: OrderLine | null;
  readonly variantId: string | null;
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  /** Minor units. */
  readonly unitPrice: number;
  readonly priceReason: string | null;
  readonly adjustments: readonly LineAdjustment[];
}

/** Prices what staff mean to change on an order. Reads only. */
@Injectable()
export class EditPlanner {
  constructor(
    private readonly pricing: PricingService,
    private readonly inventory: InventoryService,
  ) {}

  /**
   * What the order is to become. Lines that are not named keep all of their amounts. One whose pieces are more or fewer keeps its price and
   * what is taken off each piece; one that is added, or whose price staff set, has no promotion. Taxes of all these are those of today.
   *
   * @throws InvalidRequestError, OrderEditLineUnknownError, OrderEditEmptyError, VariantNotSellableError, OrderTotalTooLargeError,
   *   OrderEditTaxesDifferError
   */
  async plan(
    order: Order,
    lines: readonly OrderLine[],
    payments: readonly Payment[],
    dto: ProposeEditDto,
  ): Promise<EditPlan> {
    const asked = dto.lines ?? [];
    assertValid(asked, dto, order.currency);
    const targets = asked.map(({ lineId }, index) =>
      lineId === undefined
        ? null
        : (lines.find(({ id }) => id === lineId) ?? raise(new OrderEditLineUnknownError(index))),
    );
    const opened = await this.open(asked, targets, order);
    assertSellable(asked, opened, order.currency);
    const wanted = asked.flatMap((line, index) => wantedOf(line, targets[index]!, opened) ?? []);
    const pricing = withinRange(() => this.price(opened, wanted, order, dto));
    const isPriced = wanted.length > 0 || (dto.shippingTotal?.amount ?? 0) > 0;
    if (isPriced && pricing.totals.pricesIncludeTax !== order.pricesIncludeTax) throw new OrderEditTaxesDifferError();

    const last = Math.max(...lines.map(({ position }) => position));
    let added = 0;
    const changed = wanted.map((line, index) => {
      const { before, variantId, sku, name, priceReason } = line;
      const position = before ? before.position : last + ++added;
      return lineAfter(before, order.id, position, {
        ...{ variantId, sku, name, priceReason },
        ...pricing.lines[index]!,
      });
    });
    const removed = new Set(targets.filter((line, index) => line && asked[index]!.quantity === 0));
    const before = lines.map(editedLine);
    const after = [
      ...before.flatMap((line, index) =>
        removed.has(lines[index]!) ? [] : [changed.find(({ id }) => id === line.id) ?? line],
      ),
      ...changed.filter((_, index) => wanted[index]!.before === null),
    ];
    if (after.length === 0) throw new OrderEditEmptyError();
    const amounts = withinRange(() => {
      const all = amountsAfter(order, before, after, shippingAfter(order, dto, pricing));
      for (const amount of [all.subtotalAmount, all.taxTotalAmount, all.totalAmount]) money(amount, order.currency);
      return all;
    });
    const plan = {
      currency: order.currency,
      lines: [
        ...changed.map((line, index) => ({ before: sideOf(wanted[index]!.before), after: line })),
        ...[...removed].map((line) => ({ before: sideOf(line), after: null })),
      ],
      before: amountsBefore(order),
      after: amounts,
      due: dueOf(amounts.totalAmount, payments),
      refund: excessOf(amounts.totalAmount, payments),
    };
    return { ...plan, shortages: await this.shortagesOf(plan) };
  }

  private open(
    asked: readonly EditLineDto[],
    targets: readonly (OrderLine | null)[],
    { currency, customerId, email }: Order,
  ): Promise<OpenedPricing> {
    const stocked = asked.flatMap(({ variantId, quantity }, index) => {
      const id = targets[index]?.variantId ?? variantId;
      return id ? [{ variantId: id, quantity: quantity || 1 }] : [];
    });
    const customer = { id: customerId, email };
    return this.pricing.open({ variants: mergeLines(stocked), currency, customer, codes: [] });
  }

  private price(opened: OpenedPricing, wanted: readonly WantedLine[], order: Order, dto: ProposeEditDto): Pricing {
    return opened.price(
      wanted.map(({ variantId, quantity, unitPrice, adjustments }, index) => ({
        key: String(index),
        ...{ variantId, quantity, unitPrice, adjustments },
      })),
      { destination: order.shippingAddress, shippingPrice: dto.shippingTotal?.amount ?? 0 },
    );
  }

  private async shortagesOf(plan: Pick<EditPlan, 'lines'>): Promise<EditPlan['shortages']> {
    const more = [...heldMore(plan)].filter(([, pieces]) => pieces > 0);
    const available = await this.inventory.available(more.map(([variantId]) => variantId));
    return more.flatMap(([variantId, requested]) => {
      const there = available.get(variantId)?.available ?? 0;
      return requested > there ? [{ variantId, requested, available: there }] : [];
    });
  }
}

const sideOf = (line: OrderLine | null): EditedLine | null => line && editedLine(line);

/** What shipping becomes: as it was, unless staff set what it costs; then it keeps its name. */
function shippingAfter(order: Order, { shippingTotal }: ProposeEditDto, { shipping, totals }: Pricing): EditedShipping {
  if (!shippingTotal)
    return { shipping: order.shipping, amount: order.shippingTotalAmount, taxAmount: order.shippingTaxAmount };
  const own = shipping ?? { price: 0, discount: 0, taxes: [] };
  const { price, discount, taxes } = own;
  return {
    shipping: order.shipping ? { ...order.shipping, price, discount, taxes } : shipping,
    amount: totals.shippingTotal.amount,
    taxAmount: totals.shippingTax.amount,
  };
}

/** The line as it is to be; null for one that goes, or stays as it is. */
function wantedOf(line: EditLineDto, before: OrderLine | null, { quotes }: OpenedPricing): WantedLine | null {
  if (before) {
    const { variantId, sku, name, unitPriceAmount, priceReason, adjustments } = before;
    const { quantity = before.quantity, unitPrice } = line;
    const isSame = quantity === before.quantity && (unitPrice?.amount ?? unitPriceAmount) === unitPriceAmount;
    if (quantity === 0 || isSame) return null;
    return {
      ...{ before, variantId, sku, name, quantity },
      unitPrice: unitPrice?.amount ?? unitPriceAmount,
      priceReason: line.priceReason ?? priceReason,
      adjustments: unitPrice ? [] : scaled(adjustments, quantity, before.quantity),
    };
  }
  const { variantId = null, name, sku, unitPrice, priceReason = null } = line;
  const quote = quotes.get(variantId ?? '');
  return {
    before,
    variantId,
    sku: quote?.sku ?? sku ?? CUSTOM_SKU,
    name: quote?.name ?? name!,
    quantity: line.quantity!,
    unitPrice: (unitPrice ?? quote!.unitPrice!).amount,
    priceReason,
    adjustments: [],
  };
}

/** @throws VariantNotSellableError for what is added and not published, or has no price and is given none. */
function assertSellable(asked: readonly EditLineDto[], { quotes }: OpenedPricing, currency: string): void {
  const missing = asked.flatMap(({ lineId, variantId, unitPrice }, index) => {
    if (lineId !== undefined || variantId === undefined) return [];
    const quote = quotes.get(variantId);
    return quote && (unitPrice ? quote.isPublished : isSellable(quote)) ? [] : [`/lines/${index}/variantId`];
  });
  if (missing.length > 0) throw new VariantNotSellableError(missing, currency);
}

/** @throws InvalidRequestError for lines that say too little, or two things at once, and for another currency. */
function assertValid(asked: readonly EditLineDto[], { shippingTotal }: ProposeEditDto, currency: string): void {
  const faults = asked.flatMap((line, index) => faultsOfLine(line, currency, `/lines/${index}`));
  if (shippingTotal && shippingTotal.currency !== currency) faults.push(otherCurrency('/shippingTotal', currency));
  if (faults.length > 0) throw new InvalidRequestError(faults);
}

function faultsOfLine(line: EditLineDto, currency: string, pointer: string): FieldError[] {
  const fault = (member: string, code: string, message: string) => ({ pointer: `${pointer}/${member}`, code, message });
  const { lineId, variantId, name, sku, quantity, unitPrice, priceReason } = line;
  if (lineId === undefined) {
    const faults = faultsOf({ ...line, quantity: quantity ?? 1 }, currency, pointer);
    if (!quantity) faults.push(fault('quantity', 'required', 'must be at least 1 for a line that is added'));
    return faults;
  }
  const faults: FieldError[] = [];
  for (const [member, value] of Object.entries({ variantId, name, sku }))
    if (value !== undefined) faults.push(fault(member, 'unexpected', 'is that of the line'));
  if (quantity === undefined && !unitPrice)
    faults.push(fault('quantity', 'required', 'is required without a unitPrice'));
  if (unitPrice && !priceReason) faults.push(fault('priceReason', 'required', 'is required with a unitPrice'));
  if (!unitPrice && priceReason) faults.push(fault('priceReason', 'unexpected', 'goes with a unitPrice'));
  if (unitPrice && unitPrice.currency !== currency) faults.push(otherCurrency(`${pointer}/unitPrice`, currency));
  return faults;
}
