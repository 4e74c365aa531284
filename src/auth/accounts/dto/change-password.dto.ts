import { IsString } from 'class-validator';

export class ChangePasswordDto {
  /** @example "seven quiet otters" */
  @IsString()
  currentPassword: string;

  /**
   * 15 to 256 characters, hard to guess; no rules on kinds of characters.
   * @example "eight louder herons"
   */
  @IsString()
  newPassword: string;
}
