import { IsString } from 'class-validator';
import { IsEmailAddress } from '../../common/validation/email-address.js';

export class LoginDto {
  /** @example "ada@example.com" */
  @IsEmailAddress()
  email: string;

  /** @example "seven quiet otters" */
  @IsString()
  password: string;
}
