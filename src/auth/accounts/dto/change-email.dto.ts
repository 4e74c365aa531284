import { IsEmailAddress } from '../../../common/validation/email-address.js';

export class ChangeEmailDto {
  /**
   * The address the account is to have.
   * @example "ada@lovelace.example"
   */
  @IsEmailAddress()
  newEmail: string;
}
