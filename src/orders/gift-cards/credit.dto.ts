import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDefined, IsInt, IsString, Max, MaxLength, Min, ValidateNested } from 'class-validator';
import { IsCurrencyCode, MoneyDto } from '../../common/money/money.dto.js';
import { IsNotBlank } from '../../common/validation/decorators.js';
import type { EntryOfOrder } from './credit.repository.js';
import { CREDIT_ENTRY_KINDS, type CreditEntryKind } from './entities/credit-entry.entity.js';

/** The most that a balance may be, in minor units. */
export const MAX_CREDIT = 1_000_000_000_000;

/** How far a balance moves. */
export class SignedMoneyDto {
  /**
   * Minor units, below zero where the balance falls: -500 takes 5.00 EUR off.
   * @example -500
   */
  @IsInt()
  @Min(-MAX_CREDIT)
  @Max(MAX_CREDIT)
  amount: number;

  /**
   * ISO 4217 code.
   * @example "EUR"
   */
  @IsCurrencyCode()
  currency: string;
}

/** What staff put onto a balance or take off it. */
export class AdjustCreditDto {
  /** More than nothing puts it on, less takes it off. */
  @IsDefined()
  @ValidateNested()
  @Type(() => SignedMoneyDto)
  amount: SignedMoneyDto;

  /**
   * Why; for staff.
   * @example "The card was sold for 25 EUR and issued with 20 EUR"
   */
  @IsString()
  @IsNotBlank()
  @MaxLength(500)
  reason: string;
}

/** One movement of a balance. */
export class CreditEntryResponseDto {
  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  id: string;

  /**
   * `redeem` pays an order, `release` gives back what was held for one, `refund` what was taken; `expire` ends what was left.
   * @example "redeem"
   */
  @ApiProperty({ enum: CREDIT_ENTRY_KINDS })
  kind: CreditEntryKind;

  /** How far the balance moved. */
  amount: SignedMoneyDto;

  /** What it was afterwards. */
  balance: MoneyDto;

  /**
   * The order whose payment it was; null where there is none.
   * @example "01970c1e-6f10-7c3a-8a55-5f3c6f1d2b4a"
   */
  @ApiProperty({ type: String, nullable: true, format: 'uuid' })
  orderId: string | null;

  /**
   * Why staff have adjusted it; null for everyone else.
   * @example "The card was sold for 25 EUR and issued with 20 EUR"
   */
  @ApiProperty({ type: String, nullable: true })
  reason: string | null;

  /** @example "2026-01-15T09:30:00.000Z" */
  createdAt: Date;
}

export function toEntryResponse(entry: EntryOfOrder, currency: string, isStaff: boolean): CreditEntryResponseDto {
  const { id, kind, orderId, reason, createdAt } = entry;
  return {
    id,
    kind,
    amount: { amount: entry.amount, currency },
    balance: { amount: entry.balanceAmount, currency },
    orderId,
    reason: isStaff ? reason : null,
    createdAt,
  };
}
