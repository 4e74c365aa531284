import type { OrderSummary } from './order-mails.js';
import type { MailData } from './templates.js';

const TOKEN = 'sample_q8Zr1u5nJ2vX7cW0kYt4LbE9hGm3sPdA6fRiToNxVyQ';
const eur = (amount: number) => ({ amount, currency: 'EUR' });

const ORDER: OrderSummary = {
  orderNumber: '1001',
  lines: [
    { name: 'Teapot', sku: 'TEA-1', quantity: 2, total: eur(3998) },
    { name: 'Cup', sku: 'CUP-9', quantity: 1, total: eur(502) },
  ],
  subtotal: eur(4500),
  discountTotal: eur(500),
  shippingTotal: eur(490),
  taxTotal: eur(760),
  total: eur(5250),
};
const AWAITED = {
  ...ORDER,
  orderId: '01970c1e-6f10-7c3a-8a55-5f3c6f1d2b4a',
  token: TOKEN,
  until: '2026-03-01T10:30:00.000Z',
};

/** Data of every mail as it may occur, for looking at it in development. */
export const SAMPLE_DATA: { readonly [Name in keyof MailData]: MailData[Name] } = {
  'verify-email': { token: TOKEN, minutes: 1440 },
  'reset-password': { token: TOKEN, minutes: 30 },
  'magic-link': { token: TOKEN, minutes: 15 },
  'already-registered': {},
  'password-changed': { address: '192.0.2.7' },
  'email-change-old': { token: TOKEN, newEmail: 'ada.new@example.com', minutes: 60 },
  'email-change-new': { token: TOKEN, minutes: 60 },
  'email-changed': { newEmail: 'ada.new@example.com' },
  'second-factor-enabled': { method: 'totp' },
  'second-factor-disabled': { method: 'passkey' },
  'recovery-codes-replaced': { count: 10 },
  'recovery-code-used': { left: 3 },
  'identity-linked': { provider: 'Google' },
  'identity-unlinked': { provider: 'GitHub' },
  'account-disabled': {},
  'account-enabled': {},
  'account-erased': {},
  'export-ready': { operationId: '01890a5d-ac96-774b-bcce-b302099a8057', days: 7 },
  'webhook-endpoint-disabled': { host: 'erp.example.com', status: null },
  invite: { token: TOKEN, roles: ['support', 'warehouse'], hours: 72 },
  'order-placed': AWAITED,
  'payment-failed': AWAITED,
  'order-payable': { ...AWAITED, token: TOKEN },
  'order-confirmation': ORDER,
  'order-cancelled': { ...ORDER, returned: eur(5250), released: null },
  'order-expired': ORDER,
  'order-edited': { ...ORDER, orderId: AWAITED.orderId, token: TOKEN, due: eur(990) },
  'order-shipped': {
    orderNumber: '1001',
    pieces: [{ name: 'Teapot', sku: 'TEA-1', quantity: 2 }],
    carrier: 'DHL',
    trackingNumber: '00340434161094042557',
    trackingUrl: 'https://track.example/00340434161094042557',
    isPart: true,
  },
  'order-refunded': { orderNumber: '1001', amount: eur(502), reason: 'paid_twice', goesTo: 'bank' },
  'gift-card': { code: '8M4R-T0QZ-5K7W-2XNC-J9DA', amount: eur(5000), until: '2029-03-01T00:00:00.000Z' },
};
