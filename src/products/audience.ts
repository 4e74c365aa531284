import { hasScope, type Principal } from '../common/security/principal.js';
import type { Audience } from './catalogue/catalogue-sql.js';

/** Staff are those who hold products:read. */
export function audienceOf(caller: Principal): Audience {
  return hasScope(caller, 'products:read') ? 'staff' : 'public';
}
