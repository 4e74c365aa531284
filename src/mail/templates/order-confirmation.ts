import { formatMoney } from '../../common/money/currencies.js';
import type { Money } from '../../common/money/money.js';
import type { ChosenLocale } from '../locales/choose-locale.js';
import { oneLine } from '../one-line.js';
import { filledText } from './filled.js';

/** What the confirmation of an order tells; amounts are those of the order. */
export interface OrderConfirmationData {
  /** The number people know the order by. */
  readonly orderNumber: string | number;
  readonly lines: readonly {
    readonly name: string;
    readonly sku: string;
    readonly quantity: number;
    readonly total: Money;
  }[];
  readonly subtotal: Money;
  readonly discountTotal: Money;
  readonly shippingTotal: Money;
  readonly taxTotal: Money;
  readonly total: Money;
}

/** Every line of the order, then the totals: subtotal and total always, what is nought in between is left out. */
export function orderRows(
  order: OrderConfirmationData,
  { messages, tag }: ChosenLocale,
): { label: string; value: string }[] {
  const { line, totals } = messages.orderConfirmation;
  const { discountTotal } = order;
  const lines = order.lines.map(({ name, sku, quantity, total }) => ({
    label: filledText(line, { quantity: String(quantity), name: oneLine(name), sku: oneLine(sku) }),
    money: total,
    isShown: true,
  }));
  const sums = [
    { label: totals.subtotal, money: order.subtotal, isShown: true },
    {
      label: totals.discount,
      money: { ...discountTotal, amount: -discountTotal.amount },
      isShown: discountTotal.amount !== 0,
    },
    { label: totals.shipping, money: order.shippingTotal, isShown: order.shippingTotal.amount !== 0 },
    { label: totals.tax, money: order.taxTotal, isShown: order.taxTotal.amount !== 0 },
    { label: totals.total, money: order.total, isShown: true },
  ];
  return [...lines, ...sums]
    .filter(({ isShown }) => isShown)
    .map(({ label, money }) => ({ label, value: formatMoney(money, tag) }));
}
