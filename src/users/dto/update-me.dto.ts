import { IsOptional } from 'class-validator';
import { IsPersonName } from '../../common/validation/person-name.js';

export class UpdateMeDto {
  /**
   * How to address you; null removes the name.
   * @example "Ada King"
   */
  @IsOptional()
  @IsPersonName()
  name?: string | null;
}
