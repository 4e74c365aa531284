import { IsBoolean, IsString, Matches } from 'class-validator';

export class UpdateConsentDto {
  /**
   * True to agree, false to take it back.
   * @example true
   */
  @IsBoolean()
  granted: boolean;

  /**
   * Which wording you were shown.
   * @example "2026-01"
   */
  @IsString()
  @Matches(/^[\x21-\x7e]{1,50}$/, { message: 'must be 1 to 50 visible ASCII characters' })
  version: string;
}
