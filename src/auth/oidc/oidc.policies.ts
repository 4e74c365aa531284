import type { RateLimitPolicy } from '../../common/rate-limit/rate-limit.decorator.js';

/** Beginning a sign-in writes a row and may ask the provider. */
export const OIDC_BEGIN_POLICY: RateLimitPolicy = {
  name: 'oidc-begin',
  limit: 30,
  windowSeconds: 60,
  per: 'address',
  withoutRedis: 'closed',
};

/** What ends a sign-in: callbacks and result codes. */
export const OIDC_END_POLICY: RateLimitPolicy = {
  name: 'oidc-end',
  limit: 30,
  windowSeconds: 60,
  per: 'address',
  withoutRedis: 'closed',
};

export const IDENTITY_LINK_POLICY: RateLimitPolicy = {
  name: 'identity-link',
  limit: 10,
  windowSeconds: 60,
  per: 'caller',
  withoutRedis: 'closed',
};
