import { ApiProperty, ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDefined, IsIn, IsOptional, IsString, Matches, MaxLength, ValidateNested } from 'class-validator';
import { OF_RESOURCE, ResourceResponse, shown } from '../../common/http/resource.dto.js';
import { MoneyDto } from '../../common/money/money.dto.js';
import { PageOf, PageQueryDto } from '../../common/pagination/page.dto.js';
import { IsId, IsNotBlank, MayBeAbsent, MergePatchOf } from '../../common/validation/decorators.js';
import { IsEmailAddress } from '../../common/validation/email-address.js';
import { IsInstant } from '../../common/validation/instant.js';
import { IsLanguageTag } from '../../common/validation/language-tag.js';
import { CreditEntryResponseDto, toEntryResponse } from './credit.dto.js';
import type { EntryOfOrder } from './credit.repository.js';
import { type CreditAccount, GIFT_CARD_STATUSES, type GiftCardStatus } from './entities/credit-account.entity.js';

export class IssueGiftCardDto {
  /** What the card is worth. */
  @IsDefined()
  @ValidateNested()
  @Type(() => MoneyDto)
  amount: MoneyDto;

  /** From when on it cannot be spent; never, unless given. What is left then is booked out. @example "2099-01-01T00:00:00Z" */
  @IsOptional()
  @IsInstant()
  expiresAt?: string | null;

  /** To whom the code is mailed; nobody, unless given. @example "grace@example.com" */
  @MayBeAbsent()
  @IsEmailAddress()
  recipientEmail?: string;

  /** BCP 47 tag of the language of that mail; that of the shop, unless given. @example "de-AT" */
  @MayBeAbsent()
  @IsLanguageTag()
  language?: string;

  /** The customer whom it is issued for. Whoever holds the code may spend it. */
  @MayBeAbsent()
  @IsId()
  @ApiPropertyOptional({ format: 'uuid', examples: [] })
  customerId?: string;

  /** Words about it, for staff. @example "For the delivery that came late" */
  @IsOptional()
  @IsString()
  @IsNotBlank()
  @MaxLength(500)
  note?: string | null;
}

/** A JSON Merge Patch: members that are absent stay, null removes what may be absent. */
export class UpdateGiftCardDto extends MergePatchOf(PickType(IssueGiftCardDto, ['expiresAt', 'note'] as const)) {}

export class ListGiftCardsDto extends PageQueryDto {
  /** Only those that stand like this. @example "active" */
  @MayBeAbsent()
  @IsIn(GIFT_CARD_STATUSES)
  status?: GiftCardStatus;

  /** The last four characters of the code, as the customer reads them out. @example "7K2Q" */
  @MayBeAbsent()
  @IsString()
  @Matches(/^[0-9A-Za-z]{4}$/, { message: 'must be the last four characters of a code' })
  q?: string;

  /** Only those that were issued for this customer. @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  @MayBeAbsent()
  @IsId()
  customerId?: string;
}

export class LookUpGiftCardDto {
  /** As it was mailed; case, blanks and hyphens do not matter. @example "8M4R-T0QZ-5K7W-2XNC-J9DA" */
  @IsString()
  @IsNotBlank()
  @MaxLength(64)
  code: string;
}

/** What a card can still pay. */
export class GiftCardBalanceDto {
  balance: MoneyDto;

  /** From when on it cannot be spent; null for never. @example "2099-01-01T00:00:00.000Z" */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expiresAt: Date | null;
}

/** A gift card, without its code. */
export class GiftCardResponseDto extends ResourceResponse {
  /**
   * The first of these that is true: staff have `disabled` it, it is `expired`, it is `used` up; else it is `active`.
   * @example "active"
   */
  @ApiProperty({ enum: GIFT_CARD_STATUSES })
  status: GiftCardStatus;

  balance: MoneyDto;

  /** What it was issued with. */
  initialAmount: MoneyDto;

  /** The end of its code. @example "7K2Q" */
  lastFour: string;

  /** @example "2099-01-01T00:00:00.000Z" */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expiresAt: Date | null;

  /** For whom it was issued. @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  customerId: string | null;

  /** To whom the code was mailed. @example "grace@example.com" */
  @ApiProperty({ type: String, nullable: true })
  recipientEmail: string | null;

  /** @example "For the delivery that came late" */
  @ApiProperty({ type: String, nullable: true })
  note: string | null;
}

/** A card that has just been issued. */
export class IssuedGiftCardResponseDto extends GiftCardResponseDto {
  /**
   * Spends the card. Shown here and in the mail, and never again: nobody keeps it.
   * @example "8M4R-T0QZ-5K7W-2XNC-J9DA"
   */
  code: string;
}

/** A card with what happened to its balance. */
export class GiftCardDetailResponseDto extends GiftCardResponseDto {
  /** The latest hundred, newest first. */
  entries: CreditEntryResponseDto[];
}

export class GiftCardPageDto extends PageOf(GiftCardResponseDto) {}

export function toGiftCardResponse(card: CreditAccount, now = new Date()): GiftCardResponseDto {
  const { currency, lastFour, expiresAt, customerId, recipientEmail, note } = card;
  return {
    ...shown(card, OF_RESOURCE),
    status: card.statusAt(now),
    balance: { amount: card.balanceAmount, currency },
    initialAmount: { amount: card.initialAmount, currency },
    lastFour: lastFour!,
    expiresAt,
    customerId,
    recipientEmail,
    note,
  };
}

export function toGiftCardDetail(card: CreditAccount, entries: readonly EntryOfOrder[]): GiftCardDetailResponseDto {
  return {
    ...toGiftCardResponse(card),
    entries: entries.map((entry) => toEntryResponse(entry, card.currency, true)),
  };
}
