import { ApiProperty } from '@nestjs/swagger';
import { ValidateIf } from 'class-validator';
import { MoneyDto } from '../../../common/money/money.dto.js';
import { IsId, MayBeAbsent, NeedsAnyOf } from '../../../common/validation/decorators.js';
import { IsShippingMethod } from '../../shipping/shipping-method.dto.js';
import type { PricedCart } from '../cart-pricing.js';

@NeedsAnyOf('shippingMethodId', 'code')
export class ChooseShippingDto {
  /**
   * Id of a method that is offered; null chooses none.
   * @example "01970c1e-4f5a-7b6c-8d7e-8f9a0b1c2d3e"
   */
  @ValidateIf(({ shippingMethodId, code }: ChooseShippingDto) =>
    shippingMethodId === undefined ? code === undefined : shippingMethodId !== null,
  )
  @IsId()
  @ApiProperty({ type: String, format: 'uuid', nullable: true, required: false })
  shippingMethodId?: string | null;

  /** Code of a method that is offered, in the place of its id. */
  @MayBeAbsent()
  @IsShippingMethod()
  // No example: a method is named by id or code, and the example of the whole shows the id.
  @ApiProperty({ required: false, examples: [] })
  code?: string;
}

/** Why something costs what it does, or is not offered. */
export class ShippingReasonDto {
  /** @example "by_weight" */
  code: string;

  /** @example "The price for 1200 g." */
  message: string;
}

/** A way to ship a cart. */
export class ShippingOptionDto {
  /** @example "01970c1e-4f5a-7b6c-8d7e-8f9a0b1c2d3e" */
  methodId: string;

  /** @example "standard" */
  code: string;

  /** @example "Standard" */
  name: string;

  /** @example "By post, two to three days" */
  @ApiProperty({ type: String, nullable: true })
  description: string | null;

  /** Before the discount. */
  price: MoneyDto;

  /** Taken off by promotions. */
  discount: MoneyDto;

  /** Tax on it: contained where the cart says `pricesIncludeTax`, else added to it. */
  tax: MoneyDto;

  /** What the cart would come to with it. */
  total: MoneyDto;

  /** Why it costs that. */
  reason: ShippingReasonDto;

  /**
   * Days until the goods are there, at least.
   * @example 2
   */
  @ApiProperty({ type: 'integer', nullable: true })
  estimatedDaysMin: number | null;

  /**
   * Days until the goods are there, at most.
   * @example 3
   */
  @ApiProperty({ type: 'integer', nullable: true })
  estimatedDaysMax: number | null;

  /**
   * Where the goods are fetched; null when they are sent.
   * @example null
   */
  @ApiProperty({ type: String, nullable: true })
  pickupLocationId: string | null;

  /**
   * Whether the cart has chosen it.
   * @example true
   */
  isChosen: boolean;
}

/** A method that goes there and does not take this cart. */
export class ShippingRefusalDto {
  /** @example "01970c1e-4f5a-7b6c-8d7e-8f9a0b1c2d3f" */
  methodId: string;

  /** @example "letter" */
  code: string;

  /** @example "Letter" */
  name: string;

  /** Why it is not offered. */
  reason: ShippingReasonDto;
}

/** The ways to ship a cart. */
export class ShippingOptionsDto {
  /** In the order of the shop. */
  data: ShippingOptionDto[];

  /** Methods that go there and do not take this cart. */
  unavailable: ShippingRefusalDto[];
}

export function toShippingOptions({ cart, pricing, shippedBy }: PricedCart): ShippingOptionsDto {
  const { currency } = cart;
  return {
    data: pricing.shippingOptions.map((option) => {
      const { shipping, totals } = shippedBy(option.methodId!);
      return {
        methodId: option.methodId!,
        code: option.code,
        name: option.name,
        description: option.description,
        price: { amount: shipping?.price ?? option.price, currency },
        discount: { amount: shipping?.discount ?? 0, currency },
        tax: totals.shippingTax,
        total: totals.total,
        reason: option.reason,
        estimatedDaysMin: option.estimatedDays.min,
        estimatedDaysMax: option.estimatedDays.max,
        pickupLocationId: option.pickupLocationId,
        isChosen: option.methodId === cart.shippingMethodId,
      };
    }),
    unavailable: pricing.shippingRefusals.map(({ id: methodId, code, name, reason }) => ({
      methodId,
      code,
      name,
      reason,
    })),
  };
}
