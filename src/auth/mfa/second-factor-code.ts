import { applyDecorators } from '@nestjs/common';
import { IsString, Matches } from 'class-validator';
import { RECOVERY_CODE_FORM } from './recovery-code.js';

const TOTP_FORM = /^[0-9]{6}$/;
const EITHER_FORM = new RegExp(`${TOTP_FORM.source}|${RECOVERY_CODE_FORM.source}`);

/** True for what an authenticator app shows, right or wrong: six ASCII digits. */
export function isTotpCode(code: string): boolean {
  return TOTP_FORM.test(code);
}

/** A member that holds the code of an authenticator app. */
export const IsTotpCode = (): PropertyDecorator =>
  applyDecorators(IsString(), Matches(TOTP_FORM, { message: 'must be a string of six digits' }));

/** A member that holds the code of an authenticator app or a recovery code. */
export const IsSecondFactorCode = (): PropertyDecorator =>
  applyDecorators(
    IsString(),
    Matches(EITHER_FORM, { message: 'must be a string of six digits, or a recovery code of 16 characters' }),
  );
