import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { InvalidRequestError, VersionMismatchError } from '../../common/errors/request.errors.js';
import { IfMatch } from '../../common/http/etag.js';
import { Location } from '../../common/http/location.decorator.js';
import { Patch, Post } from '../../common/idempotency/write.decorators.js';
import { attempts, RateLimit } from '../../common/rate-limit/rate-limit.decorator.js';
import { Caller, CurrentUser, Public, SignedIn } from '../../common/security/access.decorators.js';
import type { AuthenticatedUser, Principal } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { VariantNotSellableError } from '../orders.errors.js';
import { ShippingMethodUnavailableError } from '../shipping/shipping.errors.js';
import { AcceptsCartToken, type CartHolder, Holder } from './cart-holder.js';
import {
  CartAlreadyOrderedError,
  CartLimitError,
  CartLineNotFoundError,
  CartNotActiveError,
  CartNotFoundError,
} from './carts.errors.js';
import { CartShippingService } from './cart-shipping.service.js';
import { CartsService } from './carts.service.js';
import { EnterPromotionCodeDto } from '../promotions/promotion.dto.js';
import { PromotionCodeUnknownError, PromotionUsageLimitError } from '../promotions/promotions.errors.js';
import { ExplanationDto } from '../pricing/explanation.dto.js';
import { AddCartLineDto, CartAddressesDto, ChangeCartLineDto, CreateCartDto, UpdateCartDto } from './dto/cart.dto.js';
import { ChooseShippingDto, ShippingOptionsDto, toShippingOptions } from './dto/cart-shipping.dto.js';
import { CartResponseDto, CreatedCartResponseDto, toCartExplanation, toCartResponse } from './dto/cart-response.dto.js';

/** Codes may be guessed. */
const CODE_POLICY = attempts('promotion-codes', 30, 60);

/** What any change of a cart may be refused with. */
const REFUSALS = [CartNotFoundError, CartNotActiveError, CartAlreadyOrderedError, VersionMismatchError] as const;

@ApiTags('carts')
@Controller('carts')
export class CartsController {
  constructor(
    private readonly carts: CartsService,
    private readonly shipping: CartShippingService,
  ) {}

  /**
   * Begins a cart.
   *
   * A guest gets a `cartToken`, which opens the cart when it is sent back as `X-Cart-Token`. A customer has one active cart, on whatever
   * device: if there is one already, the answer is that one, with what the request brings put into it.
   */
  @Post()
  @Public()
  @Location('carts/:id')
  @ApiProblems(VariantNotSellableError, CartLimitError)
  async create(@Body() dto: CreateCartDto, @Caller() caller: Principal): Promise<CreatedCartResponseDto> {
    const { cart, token } = await this.carts.create(dto, caller.kind === 'user' ? caller.id : null);
    return { ...toCartResponse(cart), ...(token === null ? {} : { cartToken: token }) };
  }

  /**
   * Shows a cart with the prices of this moment.
   *
   * `problems` lists what would keep it from becoming an order: lines that are not for sale any more or have no price in its currency, and
   * those of which there is not enough. No stock is held for a cart.
   */
  @Get(':id')
  @Public()
  @AcceptsCartToken()
  @ApiProblems(CartNotFoundError)
  async findOne(
    @Param('id', UuidParam) id: string,
    @Holder('orders:read') holder: CartHolder,
  ): Promise<CartResponseDto> {
    return toCartResponse(await this.carts.get(id, holder));
  }

  /** Says why each amount is what it is. */
  @Get(':id/explain')
  @Public()
  @AcceptsCartToken()
  @ApiProblems(CartNotFoundError)
  async explain(
    @Param('id', UuidParam) id: string,
    @Holder('orders:read') holder: CartHolder,
  ): Promise<ExplanationDto> {
    return toCartExplanation(await this.carts.get(id, holder));
  }

  /** Changes e-mail, currency and language. In another currency, lines may have no price; `problems` says which. */
  @Patch(':id')
  @Public()
  @AcceptsCartToken()
  @ApiProblems(...REFUSALS)
  async update(
    @Param('id', UuidParam) id: string,
    @Body() dto: UpdateCartDto,
    @Holder('orders:write') holder: CartHolder,
    @IfMatch() version: number | undefined,
  ): Promise<CartResponseDto> {
    return toCartResponse(await this.carts.update(id, dto, holder, version));
  }

  /** Deletes a cart that has not been ordered. */
  @Delete(':id')
  @HttpCode(204)
  @Public()
  @AcceptsCartToken()
  @ApiProblems(CartNotFoundError, CartAlreadyOrderedError, VersionMismatchError)
  remove(
    @Param('id', UuidParam) id: string,
    @Holder('orders:write') holder: CartHolder,
    @IfMatch() version: number | undefined,
  ): Promise<void> {
    return this.carts.remove(id, holder, version);
  }

  /**
   * Puts pieces of a variant into a cart.
   *
   * They are added to those that are in it. The variant must be published and have a price in the cart's currency. The answer is the cart.
   */
  @Post(':id/lines')
  @Public()
  @AcceptsCartToken()
  @Location('carts/:id')
  @ApiProblems(...REFUSALS, VariantNotSellableError, CartLimitError)
  async addLine(
    @Param('id', UuidParam) id: string,
    @Body() dto: AddCartLineDto,
    @Holder('orders:write') holder: CartHolder,
    @IfMatch() version: number | undefined,
  ): Promise<CartResponseDto> {
    return toCartResponse(await this.carts.addLine(id, dto, holder, version));
  }

  /** Sets how many pieces of a line are wanted. The answer is the cart. */
  @Patch(':id/lines/:lineId')
  @Public()
  @AcceptsCartToken()
  @ApiProblems(...REFUSALS, CartLineNotFoundError)
  async changeLine(
    @Param('id', UuidParam) id: string,
    @Param('lineId', UuidParam) lineId: string,
    @Body() dto: ChangeCartLineDto,
    @Holder('orders:write') holder: CartHolder,
    @IfMatch() version: number | undefined,
  ): Promise<CartResponseDto> {
    return toCartResponse(await this.carts.changeLine(id, lineId, dto.quantity, holder, version));
  }

  /** Takes a line out of a cart. */
  @Delete(':id/lines/:lineId')
  @HttpCode(204)
  @Public()
  @AcceptsCartToken()
  @ApiProblems(...REFUSALS, CartLineNotFoundError)
  removeLine(
    @Param('id', UuidParam) id: string,
    @Param('lineId', UuidParam) lineId: string,
    @Holder('orders:write') holder: CartHolder,
    @IfMatch() version: number | undefined,
  ): Promise<void> {
    return this.carts.removeLine(id, lineId, holder, version);
  }

  /**
   * Adds a promotion code to a cart.
   *
   * It stays whether or not it applies now: `explain` says what is missing. Codes are the same in any case. The answer is the cart.
   */
  @Post(':id/promotion-codes')
  @Public()
  @AcceptsCartToken()
  @RateLimit(CODE_POLICY)
  @Location('carts/:id')
  @ApiProblems(...REFUSALS, CartLimitError, PromotionCodeUnknownError, PromotionUsageLimitError)
  async addPromotionCode(
    @Param('id', UuidParam) id: string,
    @Body() { code }: EnterPromotionCodeDto,
    @Holder('orders:write') holder: CartHolder,
    @IfMatch() version: number | undefined,
  ): Promise<CartResponseDto> {
    return toCartResponse(await this.carts.addPromotionCode(id, code, holder, version));
  }

  /** Takes a promotion code out of a cart. One that is not in it changes nothing. */
  @Delete(':id/promotion-codes/:code')
  @HttpCode(204)
  @Public()
  @AcceptsCartToken()
  @ApiProblems(...REFUSALS)
  removePromotionCode(
    @Param('id', UuidParam) id: string,
    @Param('code') code: string,
    @Holder('orders:write') holder: CartHolder,
    @IfMatch() version: number | undefined,
  ): Promise<void> {
    return this.carts.removePromotionCode(id, code, holder, version);
  }

  /** Sets both addresses of a cart. One that is left out, or null, is removed. */
  @Put(':id/addresses')
  @Public()
  @AcceptsCartToken()
  @ApiProblems(...REFUSALS)
  async setAddresses(
    @Param('id', UuidParam) id: string,
    @Body() dto: CartAddressesDto,
    @Holder('orders:write') holder: CartHolder,
    @IfMatch() version: number | undefined,
  ): Promise<CartResponseDto> {
    return toCartResponse(await this.carts.setAddresses(id, dto, holder, version));
  }

  /**
   * Lists the ways to ship a cart.
   *
   * What each would cost, in the order of the shop, for what can be bought of it now and the shipping address; without an address, only pickups. `unavailable`
   * lists methods that go there and do not take this cart, and why.
   */
  @Get(':id/shipping-options')
  @Public()
  @AcceptsCartToken()
  @ApiProblems(CartNotFoundError)
  shippingOptions(
    @Param('id', UuidParam) id: string,
    @Holder('orders:read') holder: CartHolder,
  ): Promise<ShippingOptionsDto> {
    return this.shipping.show(id, holder, toShippingOptions);
  }

  /**
   * Chooses how a cart is shipped.
   *
   * By id or code of a method that is offered; null chooses none. The answer is the cart.
   */
  @Put(':id/shipping-method')
  @Public()
  @AcceptsCartToken()
  @ApiProblems(...REFUSALS, ShippingMethodUnavailableError)
  async chooseShipping(
    @Param('id', UuidParam) id: string,
    @Body() dto: ChooseShippingDto,
    @Holder('orders:write') holder: CartHolder,
    @IfMatch() version: number | undefined,
  ): Promise<CartResponseDto> {
    if (dto.shippingMethodId !== undefined && dto.code !== undefined)
      throw InvalidRequestError.of('/code', 'excluded', 'must not be given beside shippingMethodId');
    const method = dto.shippingMethodId ?? dto.code ?? null;
    return toCartResponse(await this.shipping.chooseShipping(id, method, holder, version));
  }

  /**
   * Takes a guest's cart over at sign-in.
   *
   * Send the access token and the `X-Cart-Token` of the cart, without a body. Its lines come to those of your active cart, which is the
   * answer; e-mail, language and addresses only where that has none. The guest's cart is closed, and its token opens nothing any more.
   * Sent again, it answers with your active cart and adds nothing. What would be too much for one cart leaves both as they are.
   */
  @Post(':id/merge')
  @HttpCode(200)
  @SignedIn()
  @AcceptsCartToken()
  @ApiProblems(CartNotFoundError, CartNotActiveError, CartAlreadyOrderedError, CartLimitError)
  async merge(
    @Param('id', UuidParam) id: string,
    @CurrentUser() { id: customerId }: AuthenticatedUser,
    @Holder() holder: CartHolder,
  ): Promise<CartResponseDto> {
    return toCartResponse(await this.carts.merge(id, customerId, holder));
  }
}
