import type { RateLimitPolicy } from '../common/rate-limit/rate-limit.decorator.js';

/** Orders hold stock, so they are counted exactly, over all processes. Without Redis orders still work. */
export const ORDER_POLICY: RateLimitPolicy = {
  name: 'orders',
  limit: 60,
  windowSeconds: 60,
  per: 'caller',
  withoutRedis: 'open',
};

/** Attempts to pay: few, because each may try another stolen card. */
export const PAYMENT_POLICY: RateLimitPolicy = {
  name: 'payments',
  limit: 30,
  windowSeconds: 60,
  per: 'caller',
  withoutRedis: 'open',
};

/** Pieces of one variant that one line may ask for. */
export const MAX_LINE_QUANTITY = 10_000;
/** The largest invoices of wholesale customers run to more than a thousand lines. */
export const MAX_LINES = 2_000;
/** Gift cards that pay one order in the call that places it; each is a payment of its own. */
export const MAX_GIFT_CARDS = 10;

/** Webhooks come from a few addresses, and many at once after a sale; what is forged is cheap to refuse. */
export const PAYMENT_WEBHOOK_POLICY: RateLimitPolicy = {
  name: 'payment-webhooks',
  limit: 6_000,
  windowSeconds: 60,
  per: 'address',
  withoutRedis: 'open',
};
