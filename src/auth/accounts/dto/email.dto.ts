import { IsEmailAddress } from '../../../common/validation/email-address.js';

export class EmailDto {
  /** @example "ada@example.com" */
  @IsEmailAddress()
  email: string;
}
