import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsInt, Max, Min, ValidateIf, ValidateNested } from 'class-validator';
import { IsCurrencyCode, MoneyDto } from '../../../common/money/money.dto.js';
import { satisfies } from '../../../common/validation/decorators.js';

const MAX_CURRENCIES = 50;
const MAX_TIERS = 100;

const isOnePerCurrency = (rows: unknown): boolean => {
  if (!Array.isArray(rows)) return true;
  const currencies = rows.map((row: { currency?: unknown } | null) => row?.currency);
  return new Set(currencies).size === currencies.length;
};

/** A list of what differs from currency to currency, each currency once. */
const IsPerCurrency = (of: () => new () => object): PropertyDecorator =>
  applyDecorators(
    IsArray(),
    ArrayMaxSize(MAX_CURRENCIES),
    ValidateNested({ each: true }),
    satisfies('isOnePerCurrency', isOnePerCurrency, 'must name each currency once'),
    Type(of),
  );

/** Amounts, each in another currency. */
export const IsMoneyList = (): PropertyDecorator => IsPerCurrency(() => MoneyDto);

export class TierDto {
  /**
   * The last value that the price is for, grams or minor units; null, in the last tier, for all beyond.
   * @example 2000
   */
  @ValidateIf(({ upTo }: TierDto) => upTo !== null)
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  @ApiProperty({ type: 'integer', nullable: true, minimum: 0 })
  upTo: number | null;

  /**
   * Minor units.
   * @example 490
   */
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  amount: number;
}

const isRising = (tiers: unknown): boolean => {
  if (!Array.isArray(tiers)) return true;
  const ends = tiers.map((tier: { upTo?: unknown } | null) => (tier?.upTo === null ? Infinity : tier?.upTo));
  return ends.every((end, index) => index === 0 || typeof end !== 'number' || end > (ends[index - 1] as number));
};

export class TiersDto {
  /**
   * ISO 4217 code.
   * @example "EUR"
   */
  @IsCurrencyCode()
  currency: string;

  /** Rising. Up to the first tier its price holds, then that of the next; beyond the last, the method is not offered. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_TIERS)
  @ValidateNested({ each: true })
  @satisfies('isRising', isRising, 'must rise from tier to tier')
  @Type(() => TierDto)
  tiers: TierDto[];
}

/** Tiers, each list in another currency. */
export const IsTierList = (): PropertyDecorator => IsPerCurrency(() => TiersDto);
