import { IsIn, IsInt, Max, Min, ValidateIf } from 'class-validator';
import { portion } from '../../../common/money/money.js';
import { AreItems, IsPercent, ItemsDto, partsOf, WHOLE } from '../items.dto.js';
import { type LineDiscount, type OpenLine, type PromotionContext, PromotionEffect } from '../promotion-part.js';

/**
 * Buy so many, get so many more for less: the cheapest pieces of those that can be got. A piece counts as bought or as got, never as both;
 * that holds as well where the same goods can be either.
 */
export class BuyGetEffect extends PromotionEffect {
  /** @example "buy_get" */
  @IsIn(['buy_get'])
  readonly type: 'buy_get';

  /**
   * Pieces to be bought.
   * @example 2
   */
  @IsInt()
  @Min(1)
  @Max(10_000)
  buyQuantity: number;

  /** What must be bought; anything without. */
  @AreItems()
  buyItems?: ItemsDto;

  /**
   * Pieces that are then got for less.
   * @example 1
   */
  @IsInt()
  @Min(1)
  @Max(10_000)
  getQuantity: number;

  /** What can be got; without it, the same as must be bought. */
  @AreItems()
  getItems?: ItemsDto;

  /** How much comes off these pieces: a decimal, as text; "100" gives them away. */
  @IsPercent()
  percent: string;

  /**
   * How often it may be had in one order; any number of times without.
   * @example 1
   */
  @ValidateIf((_, value) => value !== undefined)
  @IsInt()
  @Min(1)
  @Max(10_000)
  maxTimes?: number;

  override offLines({ select }: PromotionContext): LineDiscount[] {
    const bought = new Set(select(this.buyItems));
    const got = select(this.getItems ?? this.buyItems);
    const either = got.filter((line) => bought.has(line));
    const pieces = {
      bought: piecesOf([...bought]) - piecesOf(either),
      got: piecesOf(got) - piecesOf(either),
      either: piecesOf(either),
    };
    const times = this.timesOf(pieces);
    let wanted = times * this.getQuantity;
    // The rest of what can be either has to be bought.
    let freeOfEither = pieces.either - Math.max(0, times * this.buyQuantity - pieces.bought);
    const discounts: LineDiscount[] = [];
    for (const open of [...got].sort((left, right) => left.line.unitPrice - right.line.unitPrice)) {
      const taken = Math.min(wanted, open.line.quantity, bought.has(open) ? freeOfEither : Infinity);
      if (taken <= 0) continue;
      wanted -= taken;
      if (bought.has(open)) freeOfEither -= taken;
      const share = portion(open.left, BigInt(taken), BigInt(open.line.quantity));
      discounts.push([open, portion(share, partsOf(this.percent), WHOLE)]);
    }
    return discounts;
  }

  /** How often there are enough pieces, where those that can be either make up for what is missing on both sides. */
  private timesOf({ bought, got, either }: Readonly<Record<'bought' | 'got' | 'either', number>>): number {
    const areEnough = (times: number): boolean =>
      Math.max(0, times * this.buyQuantity - bought) + Math.max(0, times * this.getQuantity - got) <= either;
    let least = 0;
    let most = Math.floor((bought + got + either) / (this.buyQuantity + this.getQuantity));
    while (least < most) {
      const middle = Math.ceil((least + most) / 2);
      if (areEnough(middle)) least = middle;
      else most = middle - 1;
    }
    return Math.min(least, this.maxTimes ?? Infinity);
  }
}

const piecesOf = (lines: readonly OpenLine[]): number => lines.reduce((sum, { line }) => sum + line.quantity, 0);
