import { Type } from 'class-transformer';
import { IsObject, ValidateNested } from 'class-validator';
import { MayBeAbsent } from '../../../common/validation/decorators.js';
import { IsChallengeToken, PasskeyAnswerDto } from '../../passkeys/dto/credential.dto.js';
import { IsSecondFactorCode, IsTotpCode } from '../second-factor-code.js';
import type { MfaState } from '../second-factors.repository.js';

/** A code of the authenticator app that is to be confirmed. */
export class ConfirmTotpDto {
  /** Six digits, as a string: `005924` is not `5924`. @example "005924" */
  @IsTotpCode()
  code: string;
}

/** The sign-in whose second factor is to be a passkey. */
export class BeginPasskeyChallengeDto {
  /** From the answer to the first factor. @example "shc_nR7yqWm0Vb2sQ5tX8uZ1cF4gH6jK9lP3oA2eD5iE7rT" */
  @IsChallengeToken()
  challengeToken: string;
}

/** The second factor of a sign-in: either `code` or `passkey`. */
export class AnswerChallengeDto extends BeginPasskeyChallengeDto {
  /** Of the authenticator app, or a recovery code. @example "005924" */
  @MayBeAbsent()
  @IsSecondFactorCode()
  code?: string;

  /** Of `POST /auth/mfa/challenge/passkey-options`. */
  @MayBeAbsent()
  @IsObject()
  @ValidateNested()
  @Type(() => PasskeyAnswerDto)
  passkey?: PasskeyAnswerDto;
}

/** An authenticator app that works. */
export class TotpStateDto {
  /** Since when sign-ins ask for it. @example "2026-01-15T09:30:00.000Z" */
  confirmedAt: Date;
}

/** Your second factors. */
export class MfaResponseDto {
  /** The authenticator app; null when there is none, or none that was confirmed. */
  totp: TotpStateDto | null;

  /** How many passkeys there are; `GET /auth/passkeys` lists them. @example 1 */
  passkeys: number;

  /** How many recovery codes have not been used. @example 9 */
  recoveryCodesLeft: number;
}

/** What to set an authenticator app up with. Shown this once. */
export class TotpEnrolmentResponseDto {
  /** The shared secret in base32, for typing. @example "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" */
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
  confirmedAt: Date;

  /**
   * Codes for the day the device is lost, each good for one sign-in. Shown this once; null when you have codes from before.
   * @example ["k7qd-3mwf-9xbn-t2hz", "0r5s-vj8c-e41g-pyaw"]
   */
  recoveryCodes: string[] | null;
}

/** A new set of recovery codes. */
export class RecoveryCodesResponseDto {
  /** Each good for one sign-in. Shown this once. @example ["k7qd-3mwf-9xbn-t2hz", "0r5s-vj8c-e41g-pyaw"] */
  recoveryCodes: string[];
}

export function toMfaResponse({ totpConfirmedAt, passkeys, recoveryCodesLeft }: MfaState): MfaResponseDto {
  return {
    totp: totpConfirmedAt && { confirmedAt: totpConfirmedAt },
    passkeys,
    recoveryCodesLeft,
  };
}
