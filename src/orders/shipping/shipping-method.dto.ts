import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiProperty, getSchemaPath, PickType } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { OF_RESOURCE } from '../../common/http/resource.dto.js';
import { MoneyDto } from '../../common/money/money.dto.js';
import { PageOf, PageQueryDto } from '../../common/pagination/page.dto.js';
import { IsId, IsLine, IsNotBlank, MayBeAbsent, MergePatchOf } from '../../common/validation/decorators.js';
import {
  SHIPPING_METHOD_STATUSES,
  ShippingMethod,
  type ShippingMethodStatus,
} from './entities/shipping-method.entity.js';
import { IsMoneyList } from './pricings/price-lists.dto.js';
import type { StatedPricing } from './pricings/shipping-pricing.js';
import { SHIPPING_PRICING_TYPES, SHIPPING_PRICINGS } from './pricings/pricing-list.js';

/** By what requests name a method. */
const METHOD_CODE = /^[a-z][a-z0-9_-]{0,63}$/;
/** A member that names a method by id or code. */
export const IsShippingMethod = (): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase() : value)),
    IsString(),
    Matches(/^[a-z0-9][a-z0-9_-]{0,63}$/, { message: 'must be the id or the code of a shipping method' }),
  );
/** The class of product that most are; see the tax categories of products. */
const TAX_CATEGORY = /^[a-z][a-z0-9_-]{0,63}$/;
const MAX_INT = 2_000_000_000;

/** What is refused, as its `type` is none. */
class UnknownPricing {
  @IsIn(SHIPPING_PRICING_TYPES)
  readonly type: string;
}

const PRICING_CLASSES = Object.values(SHIPPING_PRICINGS);
const ApiPricing = (): PropertyDecorator =>
  ApiProperty({
    oneOf: PRICING_CLASSES.map((Pricing) => ({ $ref: getSchemaPath(Pricing) })),
    discriminator: {
      propertyName: 'type',
      mapping: Object.fromEntries(
        Object.entries(SHIPPING_PRICINGS).map(([type, Pricing]) => [type, getSchemaPath(Pricing)]),
      ),
    },
    example: { type: 'flat', prices: [{ amount: 490, currency: 'EUR' }] },
  });

@ApiExtraModels(...PRICING_CLASSES)
export class CreateShippingMethodDto {
  /**
   * By which requests name it; unique among methods that are not archived.
   * @example "standard"
   */
  @IsString()
  @Matches(METHOD_CODE, { message: 'must be lower case letters, digits, - and _, beginning with a letter' })
  code: string;

  /** @example "Standard" */
  @IsNotBlank()
  @IsLine(200)
  name: string;

  /** @example "By post, two to three days" */
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  description?: string | null;

  /**
   * Offered only while it is active.
   * @example "active"
   */
  @MayBeAbsent()
  @IsIn(SHIPPING_METHOD_STATUSES)
  @ApiProperty({ enum: SHIPPING_METHOD_STATUSES, default: 'active', required: false })
  status?: ShippingMethodStatus;

  /**
   * Place among the methods, lowest first.
   * @example 0
   */
  @MayBeAbsent()
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  position?: number;

  /**
   * Decides which taxes its price bears.
   * @example "standard"
   */
  @MayBeAbsent()
  @IsString()
  @Matches(TAX_CATEGORY, { message: 'must be lower case letters, digits, - and _, beginning with a letter' })
  taxCategory?: string;

  /**
   * Where it goes to. A pickup without zones is offered to everybody; any other method needs one.
   * @example ["01970c1e-5a6b-7c8d-8e9f-0a1b2c3d4e5f"]
   */
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(300)
  @IsUUID(undefined, { each: true })
  zoneIds?: string[];

  /**
   * Where the goods are fetched; for pickups, and for nothing else.
   * @example null
   */
  @IsOptional()
  @IsId()
  locationId?: string | null;

  /**
   * Days until the goods are there, at least.
   * @example 2
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(365)
  estimatedDaysMin?: number | null;

  /**
   * Days until the goods are there, at most.
   * @example 3
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(365)
  estimatedDaysMax?: number | null;

  /** What it costs. */
  @IsObject()
  @ValidateNested()
  @Type(() => UnknownPricing, {
    keepDiscriminatorProperty: true,
    discriminator: {
      property: 'type',
      subTypes: Object.entries(SHIPPING_PRICINGS).map(([name, value]) => ({ name, value })),
    },
  })
  @ApiPricing()
  pricing: StatedPricing;

  /**
   * It costs nothing once the goods, discounts taken off, come to this.
   * @example [{ "amount": 5000, "currency": "EUR" }]
   */
  @MayBeAbsent()
  @IsMoneyList()
  freeFrom?: MoneyDto[];

  /**
   * Offered only when the goods, discounts taken off, come to this or more; without a limit in other currencies.
   * @example []
   */
  @MayBeAbsent()
  @IsMoneyList()
  minSubtotal?: MoneyDto[];

  /**
   * Offered only when the goods, discounts taken off, come to this or less; without a limit in other currencies.
   * @example []
   */
  @MayBeAbsent()
  @IsMoneyList()
  maxSubtotal?: MoneyDto[];

  /**
   * Offered only for this many grams or more.
   * @example null
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_INT)
  minWeightGrams?: number | null;

  /**
   * Offered only for this many grams or less.
   * @example 31500
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_INT)
  maxWeightGrams?: number | null;

  /**
   * Grams that a piece counts for whose weight is not known. Without it, a method that asks for weights is not offered with such a piece.
   * @example 500
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_INT)
  defaultWeightGrams?: number | null;
}

/** A JSON Merge Patch: members that are absent stay, null removes what may be absent; lists and `pricing` are replaced as a whole. */
export class UpdateShippingMethodDto extends MergePatchOf(CreateShippingMethodDto) {}

export class ListShippingMethodsDto extends PageQueryDto {
  /**
   * Only methods of this status, for staff; others see active ones only.
   * @example "active"
   */
  @MayBeAbsent()
  @IsIn(SHIPPING_METHOD_STATUSES)
  @ApiProperty({ enum: SHIPPING_METHOD_STATUSES, required: false })
  status?: ShippingMethodStatus;
}

/** A way to get goods to a buyer, as shoppers see it; what it costs depends on what is ordered. */
export class ShippingMethodResponseDto extends PickType(ShippingMethod, [
  'id',
  'code',
  'name',
  'description',
  'estimatedDaysMin',
  'estimatedDaysMax',
] as const) {
  /**
   * Where the goods are fetched; null when they are sent.
   * @example null
   */
  @ApiProperty({ type: String, nullable: true })
  locationId: string | null;
}

/** A way to get goods to a buyer, as staff see it. */
@ApiExtraModels(...PRICING_CLASSES)
export class ShippingMethodStaffResponseDto extends PickType(ShippingMethod, [
  ...OF_RESOURCE,
  'code',
  'name',
  'description',
  'position',
  'taxCategory',
  'estimatedDaysMin',
  'estimatedDaysMax',
  'minWeightGrams',
  'maxWeightGrams',
  'defaultWeightGrams',
] as const) {
  /**
   * Offered only while it is active.
   * @example "active"
   */
  @ApiProperty({ enum: SHIPPING_METHOD_STATUSES })
  status: ShippingMethodStatus;

  /**
   * Where it goes to; none for a pickup that is offered to everybody.
   * @example ["01970c1e-5a6b-7c8d-8e9f-0a1b2c3d4e5f"]
   */
  zoneIds: string[];

  /**
   * Where the goods are fetched; null when they are sent.
   * @example null
   */
  @ApiProperty({ type: String, nullable: true })
  locationId: string | null;

  /** What it costs. */
  @ApiPricing()
  pricing: StatedPricing;

  /** It costs nothing once the goods, discounts taken off, come to this. */
  freeFrom: MoneyDto[];

  /** Offered only when the goods come to this or more. */
  minSubtotal: MoneyDto[];

  /** Offered only when the goods come to this or less. */
  maxSubtotal: MoneyDto[];
}

/** One page of shipping methods. */
export class ShippingMethodPageDto extends PageOf(ShippingMethodResponseDto) {}

/** One page of shipping methods, for staff. */
export class ShippingMethodStaffPageDto extends PageOf(ShippingMethodStaffResponseDto) {}

export function toShippingMethodResponse(method: ShippingMethod): ShippingMethodResponseDto {
  const { id, code, name, description, estimatedDaysMin, estimatedDaysMax, locationId } = method;
  return { id, code, name, description, estimatedDaysMin, estimatedDaysMax, locationId };
}
