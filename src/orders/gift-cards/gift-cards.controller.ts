import { Body, Controller, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { VersionMismatchError } from '../../common/errors/request.errors.js';
import { IfMatch } from '../../common/http/etag.js';
import { Location } from '../../common/http/location.decorator.js';
import { Idempotent } from '../../common/idempotency/idempotency.interceptor.js';
import { Patch, Post } from '../../common/idempotency/write.decorators.js';
import { mapPage } from '../../common/pagination/page.dto.js';
import { attempts, RateLimit } from '../../common/rate-limit/rate-limit.decorator.js';
import { Public, RequireScopes } from '../../common/security/access.decorators.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { AdjustCreditDto } from './credit.dto.js';
import { CreditAdjustments } from './credit-adjustments.service.js';
import {
  GiftCardBalanceDto,
  GiftCardDetailResponseDto,
  GiftCardPageDto,
  GiftCardResponseDto,
  IssuedGiftCardResponseDto,
  IssueGiftCardDto,
  ListGiftCardsDto,
  LookUpGiftCardDto,
  toGiftCardDetail,
  toGiftCardResponse,
  UpdateGiftCardDto,
} from './gift-card.dto.js';
import { GiftCardIssuing } from './gift-card-issuing.service.js';
import {
  CreditAmountError,
  CreditCustomerUnknownError,
  GiftCardNotFoundError,
  InsufficientCreditError,
} from './gift-cards.errors.js';
import { GiftCardsService } from './gift-cards.service.js';

/** Guesses of one address; those of all of them are counted apart. */
const BALANCE_POLICY = attempts('gift-card-balance', 10, 60);

/** Whoever may give money back may issue it: `payments:refund`. Those who look after orders may look. */
@ApiTags('gift-cards')
@Controller('gift-cards')
export class GiftCardsController {
  constructor(
    private readonly cards: GiftCardsService,
    private readonly issuing: GiftCardIssuing,
    private readonly adjustments: CreditAdjustments,
  ) {}

  /** Lists gift cards, newest first. */
  @Get()
  @RequireScopes('payments:refund', 'orders:read')
  async findAll(@Query() { status, q, customerId, ...request }: ListGiftCardsDto): Promise<GiftCardPageDto> {
    const now = new Date();
    const page = await this.cards.list({ status, lastFour: q?.toUpperCase(), customerId }, request);
    return mapPage(page, (card) => toGiftCardResponse(card, now));
  }

  /**
   * Issues a gift card.
   *
   * The answer holds the code, as does the mail to the recipient if one is named; after that nobody can show it any more.
   */
  @Post()
  @RequireScopes('payments:refund')
  @Idempotent({ movesMoney: true })
  @Location('gift-cards/:id')
  @ApiProblems(CreditAmountError, CreditCustomerUnknownError)
  async issue(@Body() dto: IssueGiftCardDto): Promise<IssuedGiftCardResponseDto> {
    const { card, code } = await this.issuing.issue(dto);
    return { ...toGiftCardResponse(card), code };
  }

  /**
   * Tells what a gift card can still pay.
   *
   * For whoever holds the code. One that is mistyped, unknown or disabled gets the same 404; an expired card has a balance until the hour it
   * is booked out, and cannot be spent.
   */
  @Post('balance')
  @HttpCode(200)
  @Public({ credentials: 'ignored' })
  @RateLimit(BALANCE_POLICY)
  @ApiProblems(GiftCardNotFoundError)
  async findBalance(@Body() { code }: LookUpGiftCardDto): Promise<GiftCardBalanceDto> {
    const { balanceAmount, currency, expiresAt } = await this.cards.lookUp(code);
    return { balance: { amount: balanceAmount, currency }, expiresAt };
  }

  /** Shows a gift card and its entries. */
  @Get(':id')
  @RequireScopes('payments:refund', 'orders:read')
  @ApiProblems(GiftCardNotFoundError)
  async findOne(@Param('id', UuidParam) id: string): Promise<GiftCardDetailResponseDto> {
    const { card, entries } = await this.cards.get(id);
    return toGiftCardDetail(card, entries);
  }

  /** Changes end and note of a gift card. */
  @Patch(':id')
  @RequireScopes('payments:refund')
  @ApiProblems(GiftCardNotFoundError, VersionMismatchError)
  async update(
    @Param('id', UuidParam) id: string,
    @Body() dto: UpdateGiftCardDto,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<GiftCardResponseDto> {
    return toGiftCardResponse(await this.cards.update(id, dto, expectedVersion));
  }

  /**
   * Lets a gift card not be spent.
   *
   * What it has paid stays paid, and what is refunded of that is on it.
   */
  @Post(':id/disable')
  @HttpCode(200)
  @RequireScopes('payments:refund')
  @ApiProblems(GiftCardNotFoundError, VersionMismatchError)
  async disable(
    @Param('id', UuidParam) id: string,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<GiftCardResponseDto> {
    return toGiftCardResponse(await this.cards.disable(id, expectedVersion));
  }

  /** Lets a disabled gift card be spent again. */
  @Post(':id/enable')
  @HttpCode(200)
  @RequireScopes('payments:refund')
  @ApiProblems(GiftCardNotFoundError, VersionMismatchError)
  async enable(
    @Param('id', UuidParam) id: string,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<GiftCardResponseDto> {
    return toGiftCardResponse(await this.cards.enable(id, expectedVersion));
  }

  /** Adjusts the balance of a gift card. */
  @Post(':id/adjustments')
  @HttpCode(200)
  @RequireScopes('payments:refund')
  @Idempotent({ movesMoney: true })
  @ApiProblems(GiftCardNotFoundError, InsufficientCreditError, CreditAmountError)
  async adjust(@Param('id', UuidParam) id: string, @Body() dto: AdjustCreditDto): Promise<GiftCardResponseDto> {
    return toGiftCardResponse(await this.adjustments.adjustGiftCard(id, dto));
  }
}
