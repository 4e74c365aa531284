import type { Money } from '../../common/money/money.js';
import type { AppliedTax, LineAdjustment, OrderShipping, PricedLine } from '../order-totals.js';
import type { OrderWithLines } from '../orders.repository.js';
import type { PromotionOutcome } from '../promotions/apply-promotions.js';
import {
  EXPLAINED_TOTALS,
  type ExplanationDto,
  type ExplainedTotalDto,
  type PriceReasonDto,
} from './explanation.dto.js';
import type { Reason } from './purchase.js';

/** A line that is to be explained. */
export interface LineToExplain {
  readonly id: string;
  readonly sku: string;
  readonly quantity: number;
  readonly unitPrice: Money | null;
  /** Null when it adds nothing. */
  readonly priced: Pick<PricedLine, 'total' | 'adjustments' | 'taxes'> | null;
  /** Why one piece costs what it does. */
  readonly priceReasons: readonly Reason[];
  /** What keeps it from being bought. */
  readonly problems: readonly Reason[];
}

/** A purchase that is to be explained: a cart, or an order as it was placed. */
export interface PurchaseToExplain {
  readonly currency: string;
  readonly pricesIncludeTax: boolean;
  readonly lines: readonly LineToExplain[];
  readonly shipping: OrderShipping | null;
  /** Why shipping costs what it does; absent where nothing is known beyond `shipping`. */
  readonly shippingReason?: Reason;
  readonly totals: Readonly<Record<ExplainedTotalDto['name'], Money>>;
  readonly outcomes: readonly PromotionOutcome[];
  /** Why there is no tax, where there is none. */
  readonly taxReasons: readonly Reason[];
}

const pieces = (quantity: number): string => `${quantity} ${quantity === 1 ? 'piece' : 'pieces'} at that price.`;
const percent = (rate: string): string => `${Number((Number(rate) * 100).toFixed(4))} %`;
const taxName = ({ name, rate, place }: AppliedTax): string =>
  `${name} of ${percent(rate)}${place === undefined ? '' : ` in ${place}`}`;

/** Says of every amount why it is that much. The amounts among the reasons of a line, or of a total, add up to it. */
export function explain(purchase: PurchaseToExplain): ExplanationDto {
  const { currency, lines, totals, pricesIncludeTax } = purchase;
  const toReason = ({ code, message, amount }: Reason): PriceReasonDto => ({
    code,
    message,
    ...(amount !== undefined && { amount: { amount, currency } }),
  });
  const taxesOf = (taxes: readonly AppliedTax[]): Reason[] =>
    taxes.map((tax) =>
      pricesIncludeTax
        ? { code: 'tax_included', message: `Contains ${tax.amount} minor units of ${taxName(tax)}.` }
        : { code: 'tax', message: `${taxName(tax)}.`, amount: tax.amount },
    );
  const reasons = totalReasons(purchase);
  return {
    lines: lines.map(({ id, sku, quantity, unitPrice, priced, priceReasons, problems }) => ({
      lineId: id,
      sku,
      quantity,
      unitPrice,
      total: priced?.total ?? null,
      reasons: [
        ...(unitPrice === null ? [] : priceReasons),
        ...(priced && unitPrice
          ? [
              { code: 'quantity', message: pieces(quantity), amount: quantity * unitPrice.amount },
              ...(priced.adjustments ?? []).map(adjustmentReason),
              ...taxesOf(priced.taxes ?? []),
            ]
          : []),
        ...problems,
      ].map(toReason),
    })),
    totals: EXPLAINED_TOTALS.map((name) => ({ name, amount: totals[name], reasons: reasons[name].map(toReason) })),
    promotions: purchase.outcomes.map(({ reason, ...outcome }) => ({ ...outcome, reason: toReason(reason) })),
  };
}

function adjustmentReason({ promotionId, name, amount, cause }: LineAdjustment): Reason {
  const code = cause ?? (promotionId === null ? 'taken_off_by_staff' : 'promotion');
  return { code, message: `${name}.`, amount: -amount };
}

function totalReasons(purchase: PurchaseToExplain): Record<ExplainedTotalDto['name'], Reason[]> {
  const { lines, shipping, shippingReason, totals, pricesIncludeTax, taxReasons } = purchase;
  const counted = lines.filter(({ priced }) => priced !== null).length;
  const left = lines.length - counted;
  const adjustments = lines.flatMap(({ priced }) => priced?.adjustments ?? []);
  const taxes = [...lines.flatMap(({ priced }) => priced?.taxes ?? []), ...(shipping?.taxes ?? [])];
  return {
    subtotal: [
      {
        code: 'sum_of_lines',
        message: `The sum of ${counted} ${counted === 1 ? 'line' : 'lines'}.`,
        amount: totals.subtotal.amount,
      },
      ...(left > 0
        ? [
            {
              code: 'lines_left_out',
              message: `${left} that cannot be bought now ${left === 1 ? 'adds' : 'add'} nothing.`,
            },
          ]
        : []),
    ],
    discountTotal:
      adjustments.length > 0
        ? added(adjustments, ({ promotionId, name }) => `${promotionId} ${name}`).map(({ name, amount, cause }) => ({
            code: cause ?? 'promotion',
            message: `${name}.`,
            amount,
          }))
        : [{ code: 'no_discount', message: 'No discount applies.' }],
    shippingTotal: shipping
      ? [
          { code: 'shipping_method', message: shippingReason?.message ?? `${shipping.name}.`, amount: shipping.price },
          ...(shipping.discount > 0
            ? [{ code: 'promotion', message: 'Taken off by promotions.', amount: -shipping.discount }]
            : []),
        ]
      : [{ code: 'no_shipping', message: 'No shipping method has been chosen.' }],
    taxTotal:
      taxes.length > 0
        ? added(taxes, taxName).map((tax) => ({
            code: pricesIncludeTax ? 'tax_included' : 'tax',
            message: `${taxName(tax)}${pricesIncludeTax ? ', contained in the prices' : ''}.`,
            amount: tax.amount,
          }))
        : [...taxReasons],
    total: [
      { code: 'subtotal', message: 'What the lines come to.', amount: totals.subtotal.amount },
      { code: 'discount', message: 'Less the discounts.', amount: -totals.discountTotal.amount },
      { code: 'shipping', message: 'And shipping.', amount: totals.shippingTotal.amount },
      pricesIncludeTax
        ? { code: 'tax_included', message: 'The prices contain their tax; none is added.' }
        : { code: 'tax', message: 'And the tax.', amount: totals.taxTotal.amount },
    ],
  };
}

/** Rows of one key become one, with the sum of their amounts. */
function added<Row extends { readonly amount: number }>(rows: readonly Row[], keyOf: (row: Row) => string): Row[] {
  const byKey = new Map<string, Row>();
  for (const row of rows) {
    const known = byKey.get(keyOf(row));
    byKey.set(keyOf(row), known ? { ...known, amount: known.amount + row.amount } : row);
  }
  return [...byKey.values()];
}

/** Explains an order by what is written on it, whatever the rules of the shop are by now. */
export function explainOrder(order: OrderWithLines): ExplanationDto {
  const { currency, pricesIncludeTax, shipping, promotions } = order;
  const money = (amount: number): Money => ({ amount, currency });
  return explain({
    currency,
    pricesIncludeTax,
    shipping,
    lines: order.lines.map(({ id, sku, quantity, unitPriceAmount, totalAmount, adjustments, taxes, priceReason }) => ({
      id,
      sku,
      quantity,
      unitPrice: money(unitPriceAmount),
      priced: { total: money(totalAmount), adjustments, taxes },
      priceReasons: [
        priceReason === null
          ? { code: 'price_of_the_day', message: 'The price on the day of the order.' }
          : { code: 'set_by_staff', message: 'Set by the staff of the shop.' },
      ],
      problems: [],
    })),
    totals: {
      subtotal: money(order.subtotalAmount),
      discountTotal: money(order.discountTotalAmount),
      shippingTotal: money(order.shippingTotalAmount),
      taxTotal: money(order.taxTotalAmount),
      total: money(order.totalAmount),
    },
    outcomes: promotions.map(({ promotionId, code, name, amount }) => ({
      promotionId,
      code,
      name,
      isApplied: true,
      reason: { code: 'applied', message: `${name}.`, amount },
    })),
    taxReasons: [{ code: 'no_tax', message: 'No tax was due.' }],
  });
}
