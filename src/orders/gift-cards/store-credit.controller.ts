import { Body, Controller, Get, HttpCode, Param } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { OF_RESOURCE, ResourceResponse, shown } from '../../common/http/resource.dto.js';
import { Idempotent } from '../../common/idempotency/idempotency.interceptor.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { MoneyDto } from '../../common/money/money.dto.js';
import { CurrentUser, RequireScopes, SignedIn } from '../../common/security/access.decorators.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { UserNotFoundError } from '../../users/users.errors.js';
import { AdjustCreditDto, CreditEntryResponseDto, toEntryResponse } from './credit.dto.js';
import { CreditAdjustments } from './credit-adjustments.service.js';
import { type CreditWithEntries, GiftCardsService } from './gift-cards.service.js';
import { CreditAmountError, InsufficientCreditError } from './gift-cards.errors.js';

/** What a customer has with the shop in one currency. */
export class StoreCreditResponseDto extends ResourceResponse {
  balance: MoneyDto;

  /** The latest hundred, newest first. */
  entries: CreditEntryResponseDto[];
}

export class StoreCreditListDto {
  /** One for each currency that there ever was credit in. */
  data: StoreCreditResponseDto[];

  /**
   * Always null: there is one page.
   * @example null
   */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: null;
}

@ApiTags('store-credit')
@Controller('users')
export class StoreCreditController {
  constructor(
    private readonly cards: GiftCardsService,
    private readonly adjustments: CreditAdjustments,
  ) {}

  /**
   * Shows own store credit.
   *
   * It is spent with the payment provider `store_credit`.
   */
  @Get('me/store-credit')
  @SignedIn()
  async findMine(@CurrentUser() { id }: AuthenticatedUser): Promise<StoreCreditListDto> {
    return toList(await this.cards.storeCreditOf(id), false);
  }

  /** Shows the store credit of a customer. */
  @Get(':id/store-credit')
  @RequireScopes('payments:refund', 'users:read')
  @ApiProblems(UserNotFoundError)
  async findAll(@Param('id', UuidParam) id: string): Promise<StoreCreditListDto> {
    return toList(await this.cards.storeCreditOf(id), true);
  }

  /** Adjusts the store credit of a customer. */
  @Post(':id/store-credit/adjustments')
  @HttpCode(200)
  @RequireScopes('payments:refund')
  @Idempotent({ movesMoney: true })
  @ApiProblems(UserNotFoundError, InsufficientCreditError, CreditAmountError)
  async adjust(@Param('id', UuidParam) id: string, @Body() dto: AdjustCreditDto): Promise<StoreCreditListDto> {
    await this.adjustments.adjustStoreCredit(id, dto);
    return toList(await this.cards.storeCreditOf(id), true);
  }
}

function toList(credits: readonly CreditWithEntries[], isStaff: boolean): StoreCreditListDto {
  const data = credits.map(({ account, entries }) => ({
    ...shown(account, OF_RESOURCE),
    balance: { amount: account.balanceAmount, currency: account.currency },
    entries: entries.map((entry) => toEntryResponse(entry, account.currency, isStaff)),
  }));
  return { data, nextCursor: null };
}
