import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { IsLanguageTag } from '../../common/validation/language-tag.js';
import { IsPersonName } from '../../common/validation/person-name.js';

export class UpdateMeDto {
  /**
   * How to address you; null removes the name.
   * @example "Ada King"
   */
  @IsOptional()
  @IsPersonName()
  name?: string | null;

  /**
   * Telephone number in the international form of E.164; null removes it.
   * @example "+442079460958"
   */
  @IsOptional()
  @IsString()
  @MaxLength(16)
  @Matches(/^\+[1-9]\d{6,14}$/, { message: 'must be an international number, such as +442079460958' })
  phone?: string | null;

  /**
   * Language for mail, as a BCP 47 tag; kept in its canonical form. Null leaves it to the shop.
   * @example "en-GB"
   */
  @IsOptional()
  @IsLanguageTag()
  locale?: string | null;
}
