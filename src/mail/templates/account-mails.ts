/** Data of every mail about an account. `token` is what the reader presents to the API; links carry it behind `#`, which no server sees. */
export interface AccountMailData {
  'verify-email': { token: string; minutes: number };
  'reset-password': { token: string; minutes: number };
  'magic-link': { token: string; minutes: number };
  /** Somebody tried to register with an address that has an account. */
  'already-registered': Record<string, never>;
  'password-changed': { address: string | null };
  /** To the address that would be given up. */
  'email-change-old': { token: string; newEmail: string; minutes: number };
  /** To the address that would be taken. */
  'email-change-new': { token: string; minutes: number };
  'email-changed': { newEmail: string };
  'second-factor-enabled': { method: 'totp' | 'passkey' };
  'second-factor-disabled': { method: 'totp' | 'passkey' };
  'recovery-codes-replaced': { count: number };
  'recovery-code-used': { left: number };
  'identity-linked': { provider: string };
  'identity-unlinked': { provider: string };
  'account-disabled': Record<string, never>;
  'account-enabled': Record<string, never>;
  'account-erased': Record<string, never>;
  'export-ready': { operationId: string; days: number };
  /** To staff. `status` is what the receiver answered when that was the reason. */
  'webhook-endpoint-disabled': { host: string; status: string | null };
  invite: { token: string; roles: readonly string[]; hours: number };
}
