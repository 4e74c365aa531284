import { IsString, MaxLength } from 'class-validator';
import { IsNotBlank } from '../../../common/validation/decorators.js';

export class ImpersonateDto {
  /**
   * Why it is needed; kept in the audit log.
   * @example "Ticket 4711: the basket shows a wrong total"
   */
  @IsString()
  @IsNotBlank()
  @MaxLength(500)
  reason: string;
}
