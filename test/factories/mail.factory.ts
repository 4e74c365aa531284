import type { MailRequest } from '../../src/mail/mail.service.js';
import { unique } from './user.factory.js';

/** The smallest mail there can be: the confirmation of an order of one line. */
export function buildMail(
  overrides: Partial<MailRequest<'order-confirmation'>> = {},
): MailRequest<'order-confirmation'> {
  // A mail is sent once per key, also when two files of one worker ask.
  const number = unique();
  const amount = { amount: 1999, currency: 'EUR' };
  const none = { amount: 0, currency: 'EUR' };
  return {
    dedupeKey: `test:${number}`,
    template: 'order-confirmation',
    to: `buyer-${number}@example.com`,
    data: {
      orderNumber: number,
      lines: [{ name: 'Teapot', sku: 'TEA-1', quantity: 1, total: amount }],
      subtotal: amount,
      discountTotal: none,
      shippingTotal: none,
      taxTotal: none,
      total: amount,
    },
    ...overrides,
  };
}
