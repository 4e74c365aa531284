import type { Environment } from '../../config/environment.js';
import { MailRenderer } from './mail-renderer.js';
import type { MailContent } from './mail-template.js';
import type { OrderMailData } from './order-mails.js';

const eur = (amount: number) => ({ amount, currency: 'EUR' });
type OrderConfirmationData = OrderMailData['order-confirmation'];

const renderer = new MailRenderer({
  PUBLIC_URL: 'https://shop.example',
  MAIL_FROM: 'The Shop <no-reply@shop.example>',
  DEFAULT_LOCALE: 'en',
} as Environment);
const orderConfirmation = (order: OrderConfirmationData, locale?: string): MailContent =>
  renderer.render('order-confirmation', order, { name: '', locale });

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
    const mail = orderConfirmation(buildOrder());
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
    expect(orderConfirmation(buildOrder()).text).not.toMatch(/Discount|Shipping|Tax/);
    const { text } = orderConfirmation(
      buildOrder({ discountTotal: eur(500), shippingTotal: eur(490), taxTotal: eur(760), total: eur(5250) }),
    );
    expect(text).toContain('Discount: -€5.00');
    expect(text).toContain('Shipping: €4.90');
    expect(text).toContain('Tax: €7.60');
    expect(text).toContain('Total: €52.50');
  });

  it('names tax that the prices contain below the total, which it is part of', () => {
    const order = buildOrder({ taxTotal: eur(718), pricesIncludeTax: true });
    expect(orderConfirmation(order).text).toMatch(/Total: €45\.00\s+Tax included: €7\.18/);
    expect(orderConfirmation(order, 'de').text).toMatch(/Summe: 45,00\s€\s+Darin enthaltene Steuer: 7,18\s€/);
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
    );
    expect(text).toContain('Total: ¥1,999');
  });

  it('shows markup and line breaks in names as text on one line', () => {
    const mail = orderConfirmation(
      buildOrder({ lines: [{ name: '<img src=x>\r\nBcc: a@b', sku: '"&', quantity: 1, total: eur(1) }] }),
    );
    expect(mail.html).toContain('1 × &lt;img src&#x3D;x&gt; Bcc: a@b (&quot;&amp;)');
    expect(mail.html).not.toContain('<img');
    expect(mail.text).toContain('1 × <img src=x> Bcc: a@b ("&): €0.01');
  });

  it('writes labels and amounts in the language of the reader', () => {
    const { subject, text, html } = orderConfirmation(buildOrder(), 'de-DE');
    expect(subject).toBe('Ihre Bestellung 1001 ist bestätigt');
    for (const body of [text, html]) {
      expect(body).toContain('Zwischensumme');
      expect(body).toContain('45,00\u00a0€');
    }
  });
});
