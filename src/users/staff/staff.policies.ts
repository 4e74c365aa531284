import type { RateLimitPolicy } from '../../common/rate-limit/rate-limit.decorator.js';

/**
 * What makes staff's doings reach a mailbox: nobody's is to be filled by a member of staff, or a key, gone wild. Without Redis it is
 * counted in this process, because somebody may have to be shut out at that very moment.
 */
export const STAFF_MAIL_POLICY: RateLimitPolicy = {
  name: 'staff-mail',
  limit: 60,
  windowSeconds: 60,
  per: 'caller',
  withoutRedis: 'open',
};
