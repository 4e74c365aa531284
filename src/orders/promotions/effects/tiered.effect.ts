import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  Max,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { portion } from '../../../common/money/money.js';
import { MoneyDto } from '../../../common/money/money.dto.js';
import { NeedsAnyOf } from '../../../common/validation/decorators.js';
import { AreAmounts, AreItems, amountIn, IsPercent, ItemsDto, partsOf, WHOLE } from '../items.dto.js';
import { type LineDiscount, type OpenLine, type PromotionContext, PromotionEffect, spread } from '../promotion-part.js';

/** From so much on, so much off: a minimum of money or of pieces or both, and a percentage or amounts. */
@NeedsAnyOf('percent', 'amounts')
export class TierDto {
  /** What the goods must come to before any discount, in each currency; any amount without. */
  @ValidateIf((_, value) => value !== undefined)
  @AreAmounts()
  minimumSubtotal?: MoneyDto[];

  /**
   * How many pieces there must be; any number without.
   * @example 10
   */
  @ValidateIf((_, value) => value !== undefined)
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  minimumQuantity?: number;

  /** A percentage off each line; a decimal, as text. */
  @ValidateIf(({ percent, amounts }: TierDto) => percent !== undefined || amounts === undefined)
  @IsPercent()
  percent?: string;

  /** An amount off all goods together, in each currency. Beside a percentage, whichever is more. */
  @ValidateIf((_, value) => value !== undefined)
  @AreAmounts()
  amounts?: MoneyDto[];
}

/** The more is bought, the more comes off: of the tiers that are reached, the one that takes off most. */
export class TieredEffect extends PromotionEffect {
  /** @example "tiered" */
  @IsIn(['tiered'])
  readonly type: 'tiered';

  /** In any order. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  @Type(() => TierDto)
  tiers: TierDto[];

  /** Which goods count, and off which it comes; all without. */
  @AreItems()
  items?: ItemsDto;

  override offLines({ purchase: { currency }, select }: PromotionContext): readonly LineDiscount[] {
    const lines = select(this.items);
    const subtotal = lines.reduce((sum, line) => sum + line.subtotal, 0);
    const pieces = lines.reduce((sum, { line }) => sum + line.quantity, 0);
    let best: readonly LineDiscount[] = [];
    for (const tier of this.tiers) {
      const least = tier.minimumSubtotal ? amountIn(tier.minimumSubtotal, currency) : 0;
      if (least === null || subtotal < least || pieces < (tier.minimumQuantity ?? 0)) continue;
      for (const offer of offersOf(tier, lines, currency)) if (totalOf(offer) > totalOf(best)) best = offer;
    }
    return best;
  }
}

const totalOf = (discounts: readonly LineDiscount[]): number => discounts.reduce((sum, [, amount]) => sum + amount, 0);

function offersOf({ percent, amounts }: TierDto, lines: readonly OpenLine[], currency: string): LineDiscount[][] {
  return [
    ...(percent === undefined
      ? []
      : [lines.map((line): LineDiscount => [line, portion(line.left, partsOf(percent), WHOLE)])]),
    ...(amounts ? [spread(amountIn(amounts, currency) ?? 0, lines)] : []),
  ];
}
