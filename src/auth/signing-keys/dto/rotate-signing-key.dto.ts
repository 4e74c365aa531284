import { IsBoolean, IsOptional } from 'class-validator';

export class RotateSigningKeyDto {
  /**
   * True when a key has leaked: the new one signs at once, and every token of the others stops working within seconds.
   * @example false
   */
  @IsOptional()
  @IsBoolean()
  isUrgent?: boolean;
}
