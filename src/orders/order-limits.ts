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
