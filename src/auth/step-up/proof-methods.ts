import { isTotpCode } from '../mfa/second-factor-code.js';
import type { SecondFactor } from '../mfa/second-factors.repository.js';

/** What an account can be asked for. */
export interface Means {
  hasPassword: boolean;
  factors: readonly SecondFactor[];
}

/** Ways of proving who one is. Each list has to be proved as a whole; any one will do. */
export type ProofMethods = readonly (readonly ('password' | 'code' | 'passkey')[])[];

/** What would prove that it is the owner of the account; empty when only signing in anew does. */
export function methodsOf({ hasPassword, factors }: Means): ProofMethods {
  const methods: ('password' | 'code' | 'passkey')[][] = [];
  const hasTotp = factors.includes('totp');
  if (hasPassword && factors.length === 0) methods.push(['password']);
  if (hasPassword && (hasTotp || factors.includes('recovery_code'))) methods.push(['password', 'code']);
  if (!hasPassword && hasTotp) methods.push(['code']);
  if (factors.includes('passkey')) methods.push(['passkey']);
  return methods;
}

/** True when a password, a code or both would do if they are right. A recovery code stands in for the second factor, never alone. */
export function isEnough({ hasPassword, factors }: Means, proof: { password?: string; code?: string }): boolean {
  const { password, code } = proof;
  if (hasPassword) return password !== undefined && (factors.length === 0 || code !== undefined);
  return password === undefined && code !== undefined && isTotpCode(code) && factors.includes('totp');
}
