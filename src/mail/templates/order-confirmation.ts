import { formatMoney } from '../../common/money/currencies.js';
import type { Money } from '../../common/money/money.js';
import { oneLine } from '../one-line.js';
import { html } from './html.js';
import { mailPage, type MailTemplate } from './mail-template.js';

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

/** Tells a customer that the order is confirmed, and what is in it. */
export const orderConfirmation: MailTemplate<OrderConfirmationData> = (order, { publicUrl }) => {
  const number = oneLine(String(order.orderNumber));
  const title = `Your order ${number} is confirmed`;
  const lines = order.lines.map((line) => ({
    what: `${line.quantity} × ${oneLine(line.name)} (${oneLine(line.sku)})`,
    total: formatMoney(line.total),
  }));
  const totals = totalsOf(order);
  return {
    subject: title,
    text: [
      title,
      '',
      'Thank you for your order. This is what we have noted:',
      '',
      ...lines.map(({ what, total }) => `  ${what}: ${total}`),
      '',
      ...totals.map(({ label, amount }) => `${label}: ${amount}`),
      '',
      `The shop: ${publicUrl}`,
      '',
    ].join('\n'),
    html: mailPage(
      title,
      html`<p>Thank you for your order. This is what we have noted:</p>
        <table style="width:100%;border-collapse:collapse">
          ${lines.map(
            ({ what, total }) =>
              html`<tr>
                <td style="padding:4px 0">${what}</td>
                <td style="padding:4px 0;text-align:right">${total}</td>
              </tr>`,
          )}
          ${totals.map(
            ({ label, amount }) =>
              html`<tr style="border-top:1px solid #dddddd">
                <td style="padding:4px 0">${label}</td>
                <td style="padding:4px 0;text-align:right">${amount}</td>
              </tr>`,
          )}
        </table>
        <p><a href="${publicUrl}">${publicUrl}</a></p>`,
    ),
  };
};

/** Subtotal and total always; what is nought in between is left out. */
function totalsOf(order: OrderConfirmationData): { label: string; amount: string }[] {
  const { discountTotal } = order;
  const rows = [
    { label: 'Subtotal', money: order.subtotal, isShown: true },
    {
      label: 'Discount',
      money: { ...discountTotal, amount: -discountTotal.amount },
      isShown: discountTotal.amount !== 0,
    },
    { label: 'Shipping', money: order.shippingTotal, isShown: order.shippingTotal.amount !== 0 },
    { label: 'Tax', money: order.taxTotal, isShown: order.taxTotal.amount !== 0 },
    { label: 'Total', money: order.total, isShown: true },
  ];
  return rows.filter(({ isShown }) => isShown).map(({ label, money }) => ({ label, amount: formatMoney(money) }));
}
