import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { MoneyDto } from '../../common/money/money.dto.js';

/** Why something costs what it does. */
export class PriceReasonDto {
  /** @example "catalogue_price" */
  code: string;

  /** @example "The price of the catalogue in EUR." */
  message: string;

  /** What it adds, or takes off when negative; what is given for one line or one total adds up to that. */
  @ApiPropertyOptional({ type: MoneyDto })
  amount?: MoneyDto;
}

export class ExplainedLineDto {
  /** @example "01970c1e-6f11-7a2b-9c3d-4e5f6a7b8c9d" */
  lineId: string;

  /** @example "MUG-BLUE" */
  sku: string;

  /** @example 2 */
  quantity: number;

  /** Price of one piece. */
  @ApiProperty({ type: MoneyDto, nullable: true })
  unitPrice: MoneyDto | null;

  /** What the line comes to; null when it adds nothing. */
  @ApiProperty({ type: MoneyDto, nullable: true })
  total: MoneyDto | null;

  /** Why, step by step. */
  reasons: PriceReasonDto[];
}

export const EXPLAINED_TOTALS = ['subtotal', 'discountTotal', 'shippingTotal', 'taxTotal', 'total'] as const;

export class ExplainedTotalDto {
  /**
   * Which of the totals.
   * @example "subtotal"
   */
  @ApiProperty({ enum: EXPLAINED_TOTALS })
  name: (typeof EXPLAINED_TOTALS)[number];

  /** How much it is. */
  amount: MoneyDto;

  /** Why. */
  reasons: PriceReasonDto[];
}

/** What became of a promotion, or of a code that was entered. */
export class ExplainedPromotionDto {
  /**
   * Null for a code that is of no promotion.
   * @example "01970c1e-2d3e-7f4a-8b5c-6d7e8f9a0b1c"
   */
  @ApiProperty({ type: String, nullable: true })
  promotionId: string | null;

  /**
   * As it was entered; null for what applies by itself.
   * @example "SPRING10"
   */
  @ApiProperty({ type: String, nullable: true })
  code: string | null;

  /** @example "Ten percent off in spring" */
  @ApiProperty({ type: String, nullable: true })
  name: string | null;

  /** @example true */
  isApplied: boolean;

  /** Why, or why not. */
  reason: PriceReasonDto;
}

/** Why each amount is what it is. */
export class ExplanationDto {
  /** Line by line. */
  lines: ExplainedLineDto[];

  /** The totals, in the order in which they are calculated. */
  totals: ExplainedTotalDto[];

  /** What became of each promotion and each code. */
  promotions: ExplainedPromotionDto[];
}
