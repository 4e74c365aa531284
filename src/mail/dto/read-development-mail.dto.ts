import { IsIn, IsOptional } from 'class-validator';

export type MailFormat = 'json' | 'html' | 'text' | 'eml';

/** How to show a mail of the development mailbox. */
export class ReadDevelopmentMailDto {
  /**
   * The message as JSON, as a page, as text, or as the mail server would have got it. When absent, browsers see a page with most of it, and
   * others JSON.
   * @example "html"
   */
  @IsOptional()
  @IsIn(['json', 'html', 'text', 'eml'])
  format?: MailFormat;
}
