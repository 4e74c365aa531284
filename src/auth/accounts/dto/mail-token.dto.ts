import { IsString, MaxLength } from 'class-validator';

export class MailTokenDto {
  /**
   * The token of the mail.
   * @example "sht_nR7yqWm0Vb2sQ5tX8uZ1cF4gH6jK9lP3oA2eD5iE7rT"
   */
  @IsString()
  @MaxLength(200)
  token: string;
}
