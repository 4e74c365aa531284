import { IsTotpCode } from '../second-factor-code.js';

/** A code of the authenticator app that is to be confirmed. */
export class ConfirmTotpDto {
  /**
   * Six digits, as a string: `005924` is not `5924`.
   * @example "005924"
   */
  @IsTotpCode()
  code: string;
}
