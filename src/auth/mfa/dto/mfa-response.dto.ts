import type { MfaState } from '../mfa-state.repository.js';
import type { ConfirmedTotp } from '../totp.service.js';

/** An authenticator app that works. */
export class TotpStateDto {
  /**
   * Since when sign-ins ask for it.
   * @example "2026-01-15T09:30:00.000Z"
   */
  confirmedAt: string;
}

/** Your second factors. */
export class MfaResponseDto {
  /** The authenticator app; null when there is none, or none that was confirmed. */
  totp: TotpStateDto | null;

  /**
   * How many passkeys there are; `GET /auth/passkeys` lists them.
   * @example 1
   */
  passkeys: number;

  /**
   * How many recovery codes have not been used.
   * @example 9
   */
  recoveryCodesLeft: number;
}

/** What to set an authenticator app up with. Shown this once. */
export class TotpEnrolmentResponseDto {
  /**
   * The shared secret in base32, for typing.
   * @example "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
   */
  secret: string;

  /**
   * What the QR code says.
   * @example "otpauth://totp/Storehouse:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Storehouse"
   */
  otpauthUrl: string;

  /**
   * The QR code as an SVG image.
   * @example "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 490 490\"></svg>"
   */
  qrSvg: string;
}

/** The authenticator app works. */
export class TotpConfirmedResponseDto {
  /** @example "2026-01-15T09:30:00.000Z" */
  confirmedAt: string;

  /**
   * Codes for the day the device is lost, each good for one sign-in. Shown this once; null when you have codes from before.
   * @example ["k7qd-3mwf-9xbn-t2hz", "0r5s-vj8c-e41g-pyaw"]
   */
  recoveryCodes: string[] | null;
}

/** A new set of recovery codes. */
export class RecoveryCodesResponseDto {
  /**
   * Each good for one sign-in. Shown this once.
   * @example ["k7qd-3mwf-9xbn-t2hz", "0r5s-vj8c-e41g-pyaw"]
   */
  recoveryCodes: string[];
}

export function toMfaResponse({ totpConfirmedAt, passkeys, recoveryCodesLeft }: MfaState): MfaResponseDto {
  return {
    totp: totpConfirmedAt && { confirmedAt: totpConfirmedAt.toISOString() },
    passkeys,
    recoveryCodesLeft,
  };
}

export function toTotpConfirmedResponse({ confirmedAt, recoveryCodes }: ConfirmedTotp): TotpConfirmedResponseDto {
  return { confirmedAt: confirmedAt.toISOString(), recoveryCodes };
}
