import type { Principal } from '../security/principal.js';

/** Who calls, for a line of the log: ids only. */
export function callerIds(caller: Principal | undefined): { userId?: string; impersonatorId?: string; keyId?: string } {
  if (caller?.kind === 'key') return { keyId: caller.id };
  if (caller?.kind !== 'user') return {};
  return { userId: caller.id, ...(caller.impersonatorId === null ? {} : { impersonatorId: caller.impersonatorId }) };
}
