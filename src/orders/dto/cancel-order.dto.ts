import { IsString, MaxLength } from 'class-validator';
import { IsNotBlank, MayBeAbsent } from '../../common/validation/decorators.js';

export class CancelOrderDto {
  /**
   * Why, in the words of whoever cancels.
   * @example "Ordered by mistake"
   */
  @MayBeAbsent()
  @IsString()
  @MaxLength(500)
  @IsNotBlank()
  reason?: string;
}

export class HoldOrderDto {
  /**
   * Why; for staff only, in the order's history.
   * @example "The address looks made up"
   */
  @MayBeAbsent()
  @IsString()
  @MaxLength(500)
  @IsNotBlank()
  reason?: string;
}
