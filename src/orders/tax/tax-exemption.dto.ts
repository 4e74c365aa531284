import { PickType } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsISO31661Alpha2, IsOptional } from 'class-validator';
import { PageOf } from '../../common/pagination/page.dto.js';
import { IsLine, IsNotBlank } from '../../common/validation/decorators.js';
import { InstantAsDate } from '../../common/validation/instant.js';
import { TaxExemption } from './tax-exemption.entity.js';

/** A VAT id that a customer gives. */
export class ClaimVatIdDto {
  /**
   * Beginning with the code of its country; blanks and punctuation do not matter.
   * @example "DE136695976"
   */
  @IsLine(40)
  @IsNotBlank()
  vatId: string;
}

/** Why and where a customer pays no tax. */
export class GrantTaxExemptionDto {
  /**
   * Beginning with the code of its country; blanks and punctuation do not matter. Its form and its check digits are checked.
   * @example "DE136695976"
   */
  @IsOptional()
  @IsLine(40)
  @IsNotBlank()
  vatId?: string | null;

  /**
   * As orders, mails and invoices name it.
   * @example "Reverse charge"
   */
  @IsLine(100)
  @IsNotBlank()
  reason: string;

  /**
   * Where goods must go for it, by ISO 3166-1 alpha-2 codes; everywhere unless given.
   * @example ["DE"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(300)
  @ArrayUnique()
  @IsISO31661Alpha2({ each: true })
  countries?: string[] | null;

  /**
   * When it ends; never unless given.
   * @example "2027-01-01T00:00:00Z"
   */
  @IsOptional()
  @InstantAsDate()
  expiresAt?: Date | null;
}

export class TaxExemptionResponseDto extends PickType(TaxExemption, [
  'userId',
  'vatId',
  'reason',
  'countries',
  'expiresAt',
  'grantedAt',
  'claimedVatId',
  'claimedAt',
  'version',
  'updatedAt',
] as const) {}

/** One page of VAT ids that customers have given. */
export class TaxExemptionPageDto extends PageOf(TaxExemptionResponseDto) {}
