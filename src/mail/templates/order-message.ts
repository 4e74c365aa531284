import { formatMoney } from '../../common/money/currencies.js';
import type { Money } from '../../common/money/money.js';
import type { ChosenLocale } from '../locales/choose-locale.js';
import type { ActionMessage, MailMessage } from '../locales/mail-locale.js';
import { oneLine } from '../one-line.js';
import type { ComposedMessage } from './account-message.js';
import { filledText } from './filled.js';
import type { AwaitedOrder, OrderMailData, OrderSummary, ShippedParcel } from './order-mails.js';

type AnyData = OrderMailData[keyof OrderMailData];

/** The message of a mail about an order, its values written as the language does. */
export function orderMessage<Name extends keyof OrderMailData>(
  name: Name,
  data: OrderMailData[Name],
  locale: ChosenLocale,
): ComposedMessage & { rows: { label: string; value: string }[] } {
  const { tag } = locale;
  const { orders } = locale.messages;
  const message: MailMessage | ActionMessage = orders.mails[name];
  const { orderNumber, until, reason, amount, returned, released, due, code, goesTo, ...more } = data as AnyData &
    Partial<
      AwaitedOrder &
        OrderMailData['order-cancelled'] &
        OrderMailData['order-edited'] &
        OrderMailData['order-refunded'] &
        OrderMailData['gift-card'] &
        ShippedParcel
    >;
  const money = (value: Money | null | undefined) => (value ? formatMoney(value, tag) : null);
  return {
    message,
    values: {
      number: orderNumber === undefined ? null : oneLine(String(orderNumber)),
      code: code ?? null,
      bank: goesTo === 'bank' ? goesTo : null,
      storeCredit: goesTo === 'store_credit' ? goesTo : null,
      until: until == null ? null : instant(until, tag),
      amount: money(amount),
      returned: money(returned),
      released: money(released),
      due: money(due),
      taken: money(returned ?? released),
      carrier: more.carrier ? oneLine(more.carrier) : null,
      tracking: more.trackingNumber ? oneLine(more.trackingNumber) : null,
      isPart: more.isPart ? String(more.isPart) : null,
      reason:
        (reason !== undefined && Object.hasOwn(orders.refundReasons, reason) && orders.refundReasons[reason]) || null,
    },
    action: 'action' in message ? actionOf(name, message.action, more) : null,
    rows: 'lines' in data ? orderRows(data, locale) : 'pieces' in data ? parcelRows(data, locale) : [],
  };
}

/** To the page of the order, or to that of the carrier. */
function actionOf(
  name: keyof OrderMailData,
  label: string,
  { orderId, token = null, trackingUrl }: Partial<AwaitedOrder & ShippedParcel>,
): ComposedMessage['action'] {
  const action = { label, page: `orders/${orderId}`, token, isOfStorefront: true };
  if (trackingUrl) return { ...action, url: trackingUrl };
  // Staff's own orders can be paid without a storefront; every other one was placed in one.
  const builtInPage = name === 'order-payable' ? `account/pay-order?order=${orderId}` : undefined;
  return orderId === undefined ? null : { ...action, builtInPage };
}

/** What is in the parcel, and how many of it. */
function parcelRows({ pieces }: ShippedParcel, { messages, tag }: ChosenLocale): { label: string; value: string }[] {
  return pieces.map(({ name, sku, quantity }) => ({
    label: filledText(messages.orders.pieces, { name: oneLine(name), sku: oneLine(sku) }),
    value: new Intl.NumberFormat(tag).format(quantity),
  }));
}

/** Every line of the order, then the totals: subtotal and total always, what is nought is left out, and tax that the total contains follows it. */
function orderRows(order: OrderSummary, { messages, tag }: ChosenLocale): { label: string; value: string }[] {
  const { line, totals } = messages.orders;
  const { discountTotal } = order;
  const lines = order.lines.map(({ name, sku, quantity, total }) => ({
    label: filledText(line, { quantity: String(quantity), name: oneLine(name), sku: oneLine(sku) }),
    money: total,
    isShown: true,
  }));
  const tax = { label: totals.tax, money: order.taxTotal, isShown: order.taxTotal.amount !== 0 };
  const total = { label: totals.total, money: order.total, isShown: true };
  const sums = [
    { label: totals.subtotal, money: order.subtotal, isShown: true },
    {
      label: totals.discount,
      money: { ...discountTotal, amount: -discountTotal.amount },
      isShown: discountTotal.amount !== 0,
    },
    { label: totals.shipping, money: order.shippingTotal, isShown: order.shippingTotal.amount !== 0 },
    ...(order.pricesIncludeTax ? [total, { ...tax, label: totals.includedTax }] : [tax, total]),
  ];
  return [...lines, ...sums]
    .filter(({ isShown }) => isShown)
    .map(({ label, money }) => ({ label, value: formatMoney(money, tag) }));
}

/** Day and minute, in UTC, as nobody has told where the reader is. */
function instant(iso: string, tag: string): string {
  return new Intl.DateTimeFormat(tag, {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: 'UTC',
    timeZoneName: 'short',
  }).format(new Date(iso));
}
