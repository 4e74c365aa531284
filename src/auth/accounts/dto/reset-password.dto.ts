import { IsString } from 'class-validator';
import { MailTokenDto } from './mail-token.dto.js';

export class ResetPasswordDto extends MailTokenDto {
  /**
   * The new password: 15 to 256 characters, hard to guess; no rules on kinds of characters.
   * @example "seven quiet otters"
   */
  @IsString()
  password: string;
}
