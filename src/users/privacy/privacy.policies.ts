import type { RateLimitPolicy } from '../../common/rate-limit/rate-limit.decorator.js';

/** An export reads everything that is kept of a person and sends a mail. */
export const EXPORT_POLICY: RateLimitPolicy = {
  name: 'export',
  limit: 5,
  windowSeconds: 3_600,
  per: 'caller',
  withoutRedis: 'closed',
};

/** Staff who answer the requests of many people. */
export const STAFF_EXPORT_POLICY: RateLimitPolicy = {
  name: 'staff-export',
  limit: 60,
  windowSeconds: 3_600,
  per: 'caller',
  withoutRedis: 'closed',
};
