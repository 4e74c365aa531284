import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsString,
  IsUUID,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { MoneyDto } from '../../common/money/money.dto.js';
import { NeedsAnyOf, satisfies } from '../../common/validation/decorators.js';

const MAX_IDS = 500;
const MAX_CURRENCIES = 50;
const ID = '01970c1e-1c2d-7b3e-9f4a-5b6c7d8e9f0a';

/** Ids, kept in lower case, as PostgreSQL writes them. */
export const IsIds = (): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      Array.isArray(value) ? value.map((id: unknown) => (typeof id === 'string' ? id.toLowerCase() : id)) : value,
    ),
    IsArray(),
    ArrayMinSize(1),
    ArrayMaxSize(MAX_IDS),
    IsUUID(undefined, { each: true }),
    ApiProperty({ type: [String], example: [ID], items: { type: 'string', format: 'uuid' } }),
  );

/** Goods, by product, by variant or by category; what any of the lists names is one of them. Ids of nothing name nothing. */
@NeedsAnyOf('productIds', 'variantIds', 'categoryIds')
export class ItemsDto {
  /** All variants of these products. */
  @ValidateIf(
    ({ productIds, variantIds, categoryIds }: ItemsDto) =>
      productIds !== undefined || (variantIds === undefined && categoryIds === undefined),
  )
  @IsIds()
  productIds?: string[];

  /** These variants. */
  @ValidateIf((_, value) => value !== undefined)
  @IsIds()
  variantIds?: string[];

  /** All products in these categories, and in those below them. */
  @ValidateIf((_, value) => value !== undefined)
  @IsIds()
  categoryIds?: string[];
}

/** The member may be left out, and then means every line; else it names goods. */
export const AreItems = (): PropertyDecorator =>
  applyDecorators(
    ValidateIf((_, value) => value !== undefined),
    ValidateNested(),
    Type(() => ItemsDto),
  );

/** Amounts, one in each currency; where there is none in the currency of a purchase, the promotion does not apply to it. */
export const AreAmounts = (): PropertyDecorator =>
  applyDecorators(
    IsArray(),
    ArrayMinSize(1),
    ArrayMaxSize(MAX_CURRENCIES),
    ArrayUnique((amount: MoneyDto | null) => amount?.currency, { message: 'must have one amount in each currency' }),
    ValidateNested({ each: true }),
    Type(() => MoneyDto),
  );

/** Minor units of the amount in a currency; null where there is none. */
export const amountIn = (amounts: readonly MoneyDto[], currency: string): number | null =>
  amounts.find((amount) => amount.currency === currency)?.amount ?? null;

const PERCENT = /^(100(\.0{1,4})?|\d{1,2}(\.\d{1,4})?)$/;

/** A decimal above 0 and up to 100, of four places at most, as text: exact where a binary fraction is not. */
export const IsPercent = (): PropertyDecorator =>
  applyDecorators(
    IsString(),
    satisfies(
      'isPercent',
      (value) => typeof value === 'string' && PERCENT.test(value) && Number(value) > 0,
      'must be a decimal above 0 and up to 100 with four places at most, such as 12.5',
    ),
    ApiProperty({ type: String, maxLength: 8, pattern: PERCENT.source, example: '12.5' }),
  );

/** What `portion` divides by. */
export const WHOLE = 1_000_000n;
/** How many of `WHOLE` a percentage is: "12.5" is 125,000. */
export function partsOf(percent: string): bigint {
  const [whole, places = ''] = percent.split('.');
  return BigInt(whole!) * 10_000n + BigInt(places.padEnd(4, '0'));
}
