import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

/** Which mails of the development mailbox to list. */
export class ListDevelopmentMailsDto {
  /**
   * Mails at most.
   * @example 20
   */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  limit: number = 20;

  /**
   * Only mails to this address.
   * @example "ada@example.com"
   */
  @IsOptional()
  @IsString()
  @MaxLength(320)
  to?: string;
}
