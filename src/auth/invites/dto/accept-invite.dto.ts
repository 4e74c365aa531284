import { IsOptional, IsString, MaxLength } from 'class-validator';
import { IsPersonName, MayBeAbsent } from '../../../common/validation/decorators.js';

export class AcceptInviteDto {
  /** The token of the mail. @example "shn_q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5h6j7k8l9z0x1c" */
  @IsString()
  @MaxLength(100)
  token: string;

  /**
   * Password of the new account, 15 to 256 characters; left out by who is signed in to the account of the address.
   * @example "seven quiet otters"
   */
  @MayBeAbsent()
  @IsString()
  password?: string;

  /** How to address you; the name in the invite when left out. @example "Grace Hopper" */
  @IsOptional()
  @IsPersonName()
  name?: string | null;
}
