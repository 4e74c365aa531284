import { Transform, Type } from 'class-transformer';
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
   * Only mails to this address; to all when it is empty.
   * @example "ada@example.com"
   */
  @Transform(({ value }: { value: unknown }) => (value === '' ? undefined : value))
  @IsOptional()
  @IsString()
  @MaxLength(320)
  to?: string;
}
