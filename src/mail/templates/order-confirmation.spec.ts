import { orderConfirmation, type OrderConfirmationData } from './order-confirmation.js';

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const context = { publicUrl: 'https://shop.example' };

function buildOrder(overrides: Partial<OrderConfirmationData> = {}): OrderConfirmationData {
  return {
    orderNumber: '1001',
    lines: [
      { name: 'Teapot', sku: 'TEA-1', quantity: 2, total: eur(3998) },
      { name: 'Cup', sku: 'CUP-9', quantity: 1, total: eur(502) },
    ],
    subtotal: eur(4500),
    discountTotal: eur(0),
    shippingTotal: eur(0),
    taxTotal: eur(0),
    total: eur(4500),
    ...overrides,
  };
}

describe('order confirmation', () => {
  it('names the order, every line and the totals, in text and in HTML', () => {
    const mail = orderConfirmation(buildOrder(), context);
    expect(mail.subject).toBe('Your order 1001 is confirmed');
    for (const body of [mail.text, mail.html]) {
      expect(body).toContain('2 × Teapot (TEA-1)');
      expect(body).toContain('€39.98');
      expect(body).toContain('1 × Cup (CUP-9)');
      expect(body).toContain('€45.00');
      expect(body).toContain('https://shop.example');
    }
  });

  it('shows discount, shipping and tax only where there are some', () => {
    expect(orderConfirmation(buildOrder(), context).text).not.toMatch(/Discount|Shipping|Tax/);
    const { text } = orderConfirmation(
      buildOrder({ discountTotal: eur(500), shippingTotal: eur(490), taxTotal: eur(760), total: eur(5250) }),
      context,
    );
    expect(text).toContain('Discount: -€5.00');
    expect(text).toContain('Shipping: €4.90');
    expect(text).toContain('Tax: €7.60');
    expect(text).toContain('Total: €52.50');
  });

  it('writes amounts of a currency without decimals as such', () => {
    const yen = (amount: number) => ({ amount, currency: 'JPY' });
    const { text } = orderConfirmation(
      buildOrder({
        lines: [],
        subtotal: yen(1999),
        discountTotal: yen(0),
        shippingTotal: yen(0),
        taxTotal: yen(0),
        total: yen(1999),
      }),
      context,
    );
    expect(text).toContain('Total: ¥1,999');
  });

  it('shows markup and line breaks in names as text on one line', () => {
    const mail = orderConfirmation(
      buildOrder({ lines: [{ name: '<img src=x>\r\nBcc: a@b', sku: '"&', quantity: 1, total: eur(1) }] }),
      context,
    );
    expect(mail.html).toContain('1 × &lt;img src=x&gt; Bcc: a@b (&quot;&amp;)');
    expect(mail.html).not.toContain('<img');
    expect(mail.text).toContain('1 × <img src=x> Bcc: a@b ("&): €0.01');
  });
});
