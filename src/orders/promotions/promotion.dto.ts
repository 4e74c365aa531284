import { PickType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { OF_RESOURCE } from '../../common/http/resource.dto.js';
import { PageOf, PageQueryDto } from '../../common/pagination/page.dto.js';
import {
  HasDefault,
  IsLine,
  IsNotBlank,
  MayBeAbsent,
  MayBeRemoved,
  MergePatchOf,
} from '../../common/validation/decorators.js';
import { InstantAsDate } from '../../common/validation/instant.js';
import { CONDITIONS } from './condition-list.js';
import { EFFECTS } from './effect-list.js';
import { Promotion, PROMOTION_STATUSES, PromotionCode, type PromotionStatus } from './entities/promotion.entity.js';
import { AreParts, type PromotionCondition, type PromotionEffect } from './promotion-part.js';
import { canonicalCode } from './promotion-rules.js';

/** The most that a counter counts to. */
const MAX_USES = 1_000_000_000;
/** Codes that one purchase may bring. */
export const MAX_CODES = 10;

/** A new promotion. */
export class CreatePromotionDto {
  /**
   * What customers read beside the discount.
   * @example "Ten percent off in spring"
   */
  @IsLine(200)
  @IsNotBlank()
  name: string;

  /**
   * Only an active one applies.
   * @example "active"
   */
  @HasDefault()
  @IsIn(['active', 'disabled'])
  status?: 'active' | 'disabled';

  /**
   * Whether it applies by itself; else to whoever enters one of its codes.
   * @example false
   */
  @HasDefault()
  @IsBoolean()
  isAutomatic?: boolean;

  /**
   * Those of a higher priority apply first; of two of the same, the older.
   * @example 10
   */
  @HasDefault()
  @IsInt()
  @Min(-1000)
  @Max(1000)
  priority?: number;

  /**
   * Whether it applies alone: not after another one, and none after it.
   * @example false
   */
  @HasDefault()
  @IsBoolean()
  isExclusive?: boolean;

  /**
   * From when on it applies; at once without.
   * @example "2025-11-28T00:00:00.000Z"
   */
  @MayBeRemoved()
  @InstantAsDate()
  startsAt?: Date;

  /**
   * Until when; for good without.
   * @example "2025-12-02T00:00:00.000Z"
   */
  @MayBeRemoved()
  @InstantAsDate()
  endsAt?: Date;

  /**
   * How many orders it may apply to; any number without. Cancelled and expired orders do not count.
   * @example 1000
   */
  @MayBeRemoved()
  @IsInt()
  @Min(1)
  @Max(MAX_USES)
  usageLimit?: number;

  /**
   * How many orders of one customer, or of one e-mail address of a guest; any number without.
   * @example 1
   */
  @MayBeRemoved()
  @IsInt()
  @Min(1)
  @Max(MAX_USES)
  usageLimitPerCustomer?: number;

  /** All of which must be met; none, and it applies to every purchase. */
  @HasDefault()
  @AreParts(CONDITIONS, 0, 20)
  conditions?: PromotionCondition[];

  /** What it takes off, one after the other. */
  @AreParts(EFFECTS, 1, 5)
  effects: PromotionEffect[];
}

/** A JSON Merge Patch: members that are absent stay, null removes what may be absent; the lists are replaced as a whole. */
export class UpdatePromotionDto extends MergePatchOf(CreatePromotionDto) {}

export class ListPromotionsDto extends PageQueryDto {
  /**
   * Those of this status; without it, all but archived ones.
   * @example "active"
   */
  @IsOptional()
  @IsIn(PROMOTION_STATUSES)
  status?: PromotionStatus;

  /**
   * Those whose name holds this text, in any case.
   * @example "spring"
   */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  q?: string;
}

const SHOWN = [
  ...OF_RESOURCE,
  'name',
  'status',
  'isAutomatic',
  'priority',
  'isExclusive',
  'startsAt',
  'endsAt',
  'usageLimit',
  'usageLimitPerCustomer',
  'used',
] as const;

/** What the shop takes off under which conditions. */
export class PromotionResponseDto extends PickType(Promotion, SHOWN) {
  /** All of which must be met. */
  @AreParts(CONDITIONS, 0, 20)
  conditions: PromotionCondition[];

  /** What it takes off, one after the other. */
  @AreParts(EFFECTS, 1, 5)
  effects: PromotionEffect[];
}

/** One page of promotions. */
export class PromotionPageDto extends PageOf(PromotionResponseDto) {}

const CODE = /^[A-Za-z0-9][A-Za-z0-9_-]{1,63}$/;
const CODE_RULE = 'must be 2 to 64 letters, digits, - and _, beginning with a letter or digit';

export class NewPromotionCodeDto {
  /**
   * What customers enter, in any case; no other promotion has it.
   * @example "SPRING10"
   */
  @IsString()
  @Matches(CODE, { message: CODE_RULE })
  code: string;

  /**
   * How many orders it may be used for; any number without.
   * @example 100
   */
  @MayBeAbsent()
  @IsInt()
  @Min(1)
  @Max(MAX_USES)
  usageLimit?: number;
}

export class AddPromotionCodesDto {
  /** One code, or many; all of them are added, or none. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @ArrayUnique((added: NewPromotionCodeDto | null) => canonicalCode(String(added?.code)), {
    message: 'must not have one code twice',
  })
  @ValidateNested({ each: true })
  @Type(() => NewPromotionCodeDto)
  codes: NewPromotionCodeDto[];
}

export class GeneratePromotionCodesDto {
  /**
   * How many.
   * @example 1000
   */
  @IsInt()
  @Min(1)
  @Max(100_000)
  count: number;

  /**
   * What each begins with; nothing unless given.
   * @example "GIFT-"
   */
  @MayBeAbsent()
  @Matches(/^[A-Za-z0-9][A-Za-z0-9_-]{0,19}$/, {
    message: 'must be 1 to 20 letters, digits, - and _, beginning with a letter or digit',
  })
  prefix?: string;

  /**
   * How many letters and digits of chance follow; 12 unless given. Fewer than 10 could be guessed.
   * @example 12
   */
  @MayBeAbsent()
  @IsInt()
  @Min(10)
  @Max(32)
  length?: number;

  /**
   * How many orders each may be used for; one unless given.
   * @example 1
   */
  @MayBeAbsent()
  @IsInt()
  @Min(1)
  @Max(MAX_USES)
  usageLimit?: number;
}

/** A JSON Merge Patch: members that are absent stay, null removes what may be absent. */
class ChangeablePromotionCodeDto {
  /**
   * How many orders it may be used for; any number without.
   * @example 100
   */
  @MayBeRemoved()
  @IsInt()
  @Min(1)
  @Max(MAX_USES)
  usageLimit?: number;

  /**
   * Whether it is refused.
   * @example true
   */
  @HasDefault()
  @IsBoolean()
  isDisabled?: boolean;
}

export class UpdatePromotionCodeDto extends MergePatchOf(ChangeablePromotionCodeDto) {}

export class ListPromotionCodesDto extends PageQueryDto {
  /**
   * Those that begin with this text, in any case.
   * @example "SPRING"
   */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  q?: string;
}

export const SHOWN_OF_CODE = ['id', 'promotionId', 'code', 'usageLimit', 'used', 'isDisabled', 'createdAt'] as const;

/** What a customer enters for a promotion to apply. */
export class PromotionCodeResponseDto extends PickType(PromotionCode, SHOWN_OF_CODE) {}

/** The codes that were added, in the order of the request. */
export class AddedPromotionCodesDto {
  /** @example "01970c1e-2d3e-7f4a-8b5c-6d7e8f9a0b1c" */
  promotionId: string;

  /** As they are kept. */
  codes: PromotionCodeResponseDto[];
}

/** One page of codes. */
export class PromotionCodePageDto extends PageOf(PromotionCodeResponseDto) {}

/** A code as a customer enters it. */
export class EnterPromotionCodeDto {
  /**
   * In any case.
   * @example "spring10"
   */
  @IsString()
  @IsNotBlank()
  @MaxLength(64)
  code: string;
}
