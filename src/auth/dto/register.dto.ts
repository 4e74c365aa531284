import { IsOptional, IsString } from 'class-validator';
import { IsEmailAddress } from '../../common/validation/email-address.js';
import { IsPersonName } from '../../common/validation/person-name.js';

export class RegisterDto {
  /**
   * Address of the new account; upper and lower case do not make a difference.
   * @example "ada@example.com"
   */
  @IsEmailAddress()
  email: string;

  /**
   * 15 to 256 characters of any kind; common, repetitive and sequential ones are refused.
   * @example "seven quiet otters"
   */
  @IsString()
  password: string;

  /**
   * How to address the user.
   * @example "Ada Lovelace"
   */
  @IsOptional()
  @IsPersonName()
  name?: string | null;
}
