import { IsOptional, IsString, MaxLength } from 'class-validator';
import { IsEmailAddress } from '../../../common/validation/email-address.js';
import { IsPersonName } from '../../../common/validation/decorators.js';

export class RegisterDto {
  /** Address of the new account; upper and lower case do not make a difference. @example "ada@example.com" */
  @IsEmailAddress()
  email: string;

  /**
   * 15 to 256 characters of any kind; common, repetitive and sequential ones are refused.
   * @example "seven quiet otters"
   */
  @IsString()
  password: string;

  /** How to address the user. @example "Ada Lovelace" */
  @IsOptional()
  @IsPersonName()
  name?: string | null;
}

export class EmailDto {
  /** @example "ada@example.com" */
  @IsEmailAddress()
  email: string;
}

export class MailTokenDto {
  /** The token of the mail. @example "sht_nR7yqWm0Vb2sQ5tX8uZ1cF4gH6jK9lP3oA2eD5iE7rT" */
  @IsString()
  @MaxLength(200)
  token: string;
}

export class ResetPasswordDto extends MailTokenDto {
  /**
   * The new password: 15 to 256 characters, hard to guess; no rules on kinds of characters.
   * @example "seven quiet otters"
   */
  @IsString()
  password: string;
}

export class ChangePasswordDto {
  /** @example "seven quiet otters" */
  @IsString()
  currentPassword: string;

  /** 15 to 256 characters, hard to guess; no rules on kinds of characters. @example "eight louder herons" */
  @IsString()
  newPassword: string;
}

export class ChangeEmailDto {
  /** The address the account is to have. @example "ada@lovelace.example" */
  @IsEmailAddress()
  newEmail: string;
}

/** What confirming one end of a change came to. */
export type EmailChangeState = 'pending' | 'changed';

/** Where a change of address stands. */
export class EmailChangeResponseDto {
  /** `pending` until both addresses have confirmed, then `changed`. @example "pending" */
  status: EmailChangeState;
}
