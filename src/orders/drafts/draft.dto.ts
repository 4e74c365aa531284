import { OmitType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { AddressDto } from '../../common/address/address.dto.js';
import { IsCurrencyCode, MoneyDto } from '../../common/money/money.dto.js';
import { IsId, IsLine, IsNotBlank, MayBeAbsent, MergePatchOf } from '../../common/validation/decorators.js';
import { IsEmailAddress } from '../../common/validation/email-address.js';
import { IsInstant } from '../../common/validation/instant.js';
import { IsLanguageTag } from '../../common/validation/language-tag.js';
import { IsTag, MAX_TAGS } from '../dto/update-order.dto.js';
import { MAX_LINE_QUANTITY } from '../order-limits.js';
import { NUMBER_PREFIX } from '../numbers/order-number-series.entity.js';

export class DraftLineDto {
  /**
   * What of the catalogue is sold; a line without it is of something else, and has a name and a price.
   * @example "01970c1e-1c2d-7b3e-9f4a-5b6c7d8e9f0a"
   */
  @MayBeAbsent()
  @IsId()
  variantId?: string;

  /**
   * What is sold that the catalogue does not have.
   * @example "Engraving"
   */
  @MayBeAbsent()
  @IsLine(200)
  @IsNotBlank()
  name?: string;

  /**
   * The shop's own word for it; CUSTOM unless given.
   * @example "ENGRAVING"
   */
  @MayBeAbsent()
  @IsLine(64)
  @IsNotBlank()
  sku?: string;

  /**
   * Pieces.
   * @example 2
   */
  @IsInt()
  @Min(1)
  @Max(MAX_LINE_QUANTITY)
  quantity: number;

  /** Price of one piece; that of the catalogue unless given. */
  @MayBeAbsent()
  @ValidateNested()
  @Type(() => MoneyDto)
  unitPrice?: MoneyDto;

  /**
   * Why the price is another than that of the catalogue; required where one is given for what the catalogue has.
   * @example "Promised on the phone"
   */
  @MayBeAbsent()
  @IsLine(200)
  @IsNotBlank()
  priceReason?: string;
}

export class CreateDraftDto {
  /** What is offered. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(500)
  @ValidateNested({ each: true })
  @Type(() => DraftLineDto)
  lines: DraftLineDto[];

  /**
   * Whose order it is to be, by user id; without it, whoever gets the mail orders as a guest.
   * @example "01970c1e-0a1b-7c2d-8e3f-4a5b6c7d8e9f"
   */
  @IsOptional()
  @IsId()
  customerId?: string | null;

  /**
   * Where mail about the order goes; that of the customer unless given.
   * @example "ada@example.com"
   */
  @MayBeAbsent()
  @IsEmailAddress()
  email?: string;

  /**
   * ISO 4217 code; EUR unless given.
   * @example "EUR"
   */
  @MayBeAbsent()
  @IsCurrencyCode()
  currency?: string;

  /** What shipping costs; nothing unless given. */
  @MayBeAbsent()
  @ValidateNested()
  @Type(() => MoneyDto)
  shippingTotal?: MoneyDto;

  /** Where the goods go. */
  @IsOptional()
  @ValidateNested()
  @Type(() => AddressDto)
  shippingAddress?: AddressDto | null;

  /** Where the invoice goes, if elsewhere. */
  @IsOptional()
  @ValidateNested()
  @Type(() => AddressDto)
  billingAddress?: AddressDto | null;

  /**
   * Language in which the customer is written to; that of their account, or of the shop, unless given.
   * @example "de"
   */
  @IsOptional()
  @IsLanguageTag()
  language?: string | null;

  /**
   * What the customer had to say.
   * @example "As discussed on the phone."
   */
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  @IsNotBlank()
  note?: string | null;

  /**
   * Words by which staff find it again.
   * @example ["wholesale"]
   */
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(MAX_TAGS)
  @ArrayUnique()
  @IsTag({ each: true })
  tags?: string[];

  /**
   * Series that numbers it; that of the shop unless given.
   * @example "B2B-"
   */
  @MayBeAbsent()
  @Matches(NUMBER_PREFIX, { message: 'must be the prefix of a series of order numbers' })
  @MaxLength(12)
  numberPrefix?: string;
}

/** A JSON Merge Patch: lines are replaced as a whole, and so are addresses. */
export class UpdateDraftDto extends MergePatchOf(OmitType(CreateDraftDto, ['currency', 'numberPrefix'])) {}

export class SendDraftDto {
  /**
   * Until when the goods are held for the payment, at most 90 days; a week unless given (DRAFT_TTL).
   * @example "2026-03-08T10:00:00.000Z"
   */
  @MayBeAbsent()
  @IsInstant()
  expiresAt?: string;
}
