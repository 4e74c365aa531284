import type { RateLimitPolicy } from '../common/rate-limit/rate-limit.decorator.js';

/** Limits per address; `LoginThrottle` adds one per account. Without Redis nobody can count, so nobody may try. */
export const LOGIN_POLICY: RateLimitPolicy = {
  name: 'login',
  limit: 10,
  windowSeconds: 60,
  per: 'address',
  withoutRedis: 'closed',
};
export const REGISTER_POLICY: RateLimitPolicy = {
  name: 'register',
  limit: 10,
  windowSeconds: 60,
  per: 'address',
  withoutRedis: 'closed',
};
export const REFRESH_POLICY: RateLimitPolicy = {
  name: 'refresh',
  limit: 60,
  windowSeconds: 60,
  per: 'address',
  withoutRedis: 'closed',
};
