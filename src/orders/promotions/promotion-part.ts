import { applyDecorators, type Type } from '@nestjs/common';
import { ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { plainToInstance, Transform } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, ValidateNested } from 'class-validator';
import { allocate } from '../../common/money/money.js';
import type { Purchase, PurchaseLine, Reason } from '../pricing/purchase.js';
import type { ItemsDto } from './items.dto.js';

/** A line that promotions may touch. */
export interface OpenLine {
  readonly line: PurchaseLine;
  /** Minor units: quantity × unit price. */
  readonly subtotal: number;
  /** What the promotions so far have left of it. */
  readonly left: number;
}

/** What conditions and effects look at. */
export interface PromotionContext {
  readonly purchase: Purchase;
  /** The lines that promotions may touch and `items` name; all of them without. In an order that does not depend on that of the purchase. */
  readonly select: (items?: ItemsDto) => readonly OpenLine[];
  /** Groups of the customer; none of a guest. */
  readonly groupIds: readonly string[];
  /** Whether the customer, or the e-mail address, has ordered nothing before. */
  readonly isFirstOrder: boolean;
}

/**
 * What must be the case for a promotion to apply. One class in one file, and one line in `condition-list.ts`; its members, with their rules
 * and examples, are what the API takes and what the database keeps.
 */
export abstract class PromotionCondition {
  /** The key of the class in the list. */
  abstract readonly type: string;

  /** Whether the answer depends on what the database knows of the buyer, which is read only then. */
  static readonly asksAboutBuyer: boolean = false;

  /** Pure. @returns why it is not met, for the customer to read; null when it is. */
  abstract whyUnmet(context: PromotionContext): Reason | null;
}

/** What comes off a line. */
export type LineDiscount = readonly [line: OpenLine, amount: number];

/**
 * What a promotion takes off. One class in one file, and one line in `effect-list.ts`. Amounts are minor units; what exceeds what is left of
 * a line, or of the price of shipping, is cut.
 */
export abstract class PromotionEffect {
  /** The key of the class in the list. */
  abstract readonly type: string;

  /** Pure. What it takes off lines; nothing unless overridden. */
  offLines(_context: PromotionContext): readonly LineDiscount[] {
    return [];
  }

  /** Pure. What it takes off `price` of shipping; absent where it has nothing to do with shipping. */
  offShipping?(price: number, currency: string): number;
}

/** Takes an amount off lines together, as far as they come to that, by what is left of each. @param amount Minor units. */
export function spread(amount: number, lines: readonly OpenLine[]): LineDiscount[] {
  const left = lines.map((line) => line.left);
  const sum = left.reduce((total, one) => total + one, 0);
  if (sum === 0) return [];
  const parts = allocate(Math.min(amount, sum), left);
  return lines.map((line, index) => [line, parts[index]!]);
}

/** Every class of one kind, by its `type`. */
export type PartList<Part> = Readonly<Record<string, Type<Part>>>;

/** Up to `most` parts of a list, each a member of the class that its `type` names. */
export function AreParts(parts: PartList<object>, least: number, most: number): PropertyDecorator {
  class UnknownPart {
    @IsIn(Object.keys(parts))
    type: string;
  }
  return applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      Array.isArray(value)
        ? value.map((part: unknown) =>
            typeof part === 'object' ? (readPart(parts, part) ?? Object.assign(new UnknownPart(), part)) : part,
          )
        : value,
    ),
    IsArray(),
    ArrayMinSize(least),
    ArrayMaxSize(most),
    ValidateNested({ each: true }),
    ApiProperty({
      type: 'array',
      items: { oneOf: Object.values(parts).map((part) => ({ $ref: getSchemaPath(part) })) },
    }),
  );
}

/** The member of the class that `type` names; undefined where no class has that name. */
export function readPart<Part>(parts: PartList<Part>, value: unknown): Part | undefined {
  const type: unknown = (value as { type?: unknown } | null)?.type;
  if (typeof type !== 'string' || !Object.hasOwn(parts, type)) return undefined;
  return plainToInstance(parts[type]!, value);
}
