import { PickType } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { shown } from '../common/http/resource.dto.js';
import { PageOf, PageQueryDto } from '../common/pagination/page.dto.js';
import { MayBeAbsent } from '../common/validation/decorators.js';
import { Mail, MAIL_STATUSES, type MailStatus } from './entities/mail.entity.js';

/** Which mails to list. */
export class ListMailsDto extends PageQueryDto {
  /**
   * What is known of them: `unsent`, `uncertain` or `sent`.
   * @example "uncertain"
   */
  @MayBeAbsent()
  @IsIn(MAIL_STATUSES)
  status?: MailStatus;
}

const SHOWN = [
  'id',
  'dedupeKey',
  'template',
  'status',
  'createdAt',
  'handingOverSince',
  'sentAt',
  'resends',
] as const satisfies (keyof Mail)[];

/** A mail, without what it says and to whom. */
export class MailResponseDto extends PickType(Mail, SHOWN) {}

/** One page of mails, newest first. */
export class MailPageDto extends PageOf(MailResponseDto) {}

export const toMailResponse = (mail: Mail): MailResponseDto => shown(mail, SHOWN);
