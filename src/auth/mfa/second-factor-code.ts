import { randomInt } from 'node:crypto';
import { applyDecorators } from '@nestjs/common';
import { IsString, Matches } from 'class-validator';

/** Crockford's base32 in lower case: no letter that could be read as a digit. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const LENGTH = 16;

/** What a code looks like when it is typed, with or without the hyphens. */
export const RECOVERY_CODE_FORM = /^[0-9A-Za-z]{4}([ -]?[0-9A-Za-z]{4}){3}$/;

/** A new code of 80 random bits, such as `k7qd-3mwf-9xbn-t2hz`. */
export function newRecoveryCode(): string {
  const characters = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]!).join('');
  return characters.match(/.{4}/g)!.join('-');
}

/** The one spelling of a code as it was typed: small letters, no hyphens, `o` read as 0 and `i` and `l` as 1. */
export function canonicalRecoveryCode(typed: string): string {
  return typed.toLowerCase().replace(/[ -]/g, '').replaceAll('o', '0').replace(/[il]/g, '1');
}

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
