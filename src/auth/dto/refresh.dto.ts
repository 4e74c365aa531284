import { IsString } from 'class-validator';

export class RefreshDto {
  /**
   * The refresh token of the latest answer; it works once.
   * @example "shr_nR7yqWm0Vb2sQ5tX8uZ1cF4gH6jK9lP3oA2eD5iE7rT"
   */
  @IsString()
  refreshToken: string;
}
