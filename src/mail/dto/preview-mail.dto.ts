import { IsIn, IsOptional } from 'class-validator';
import { IsLanguageTag } from '../../common/validation/language-tag.js';

export type PreviewFormat = 'html' | 'text' | 'json';

/** How to show a mail template with sample data. */
export class PreviewMailDto {
  /**
   * Language (BCP 47) of the reader; that of the shop when absent or not spoken.
   * @example "de"
   */
  @IsOptional()
  @IsLanguageTag()
  locale?: string;

  /**
   * As a page, as text, or both with the subject as JSON. When absent, browsers see a page with both, and others the HTML.
   * @example "html"
   */
  @IsOptional()
  @IsIn(['html', 'text', 'json'])
  format?: PreviewFormat;
}
