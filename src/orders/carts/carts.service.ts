import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { normalisedAddress, type PostalAddress } from '../../common/address/postal-address.js';
import { raise } from '../../common/errors/domain.error.js';
import { assertVersion } from '../../common/errors/request.errors.js';
import { Environment } from '../../config/environment.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { InventoryService } from '../../products/inventory/inventory.service.js';
import { isSellable } from '../../products/price-resolver.service.js';
import type { RequestedLine } from '../order-totals.js';
import { PricingService } from '../pricing/pricing.service.js';
import { VariantNotSellableError } from '../orders.errors.js';
import { type Addition, addLines, beginCart, changeable } from './cart-changes.js';
import { CART_TOKEN, type CartHolder, holds } from './cart-holder.js';
import { MAX_CODES } from '../promotions/promotion.dto.js';
import { PromotionCodesService } from '../promotions/promotion-codes.service.js';
import { canonicalCode } from '../promotions/promotion-rules.js';
import { priceCart, type PricedCart } from './cart-pricing.js';
import {
  CartAlreadyOrderedError,
  CartEmptyError,
  CartLimitError,
  CartLineNotFoundError,
  CartNotActiveError,
  CartNotFoundError,
} from './carts.errors.js';
import { CartsRepository, type CartWithLines } from './carts.repository.js';
import type { Cart } from './entities/cart.entity.js';

const TOO_MANY_CODES = {
  pointer: '/code',
  code: 'max',
  message: `must not be another one: a cart has ${MAX_CODES} codes at most`,
};

/** Members that are absent stay as they are; null removes one that need not be there. */
export interface CartChange {
  readonly email?: string | null;
  readonly currency?: string;
  readonly language?: string | null;
}

/** Changes a cart. @returns what it puts into it, which must be for sale. */
type CartEdit = (cart: CartWithLines) => readonly Addition[] | void | Promise<void>;

/**
 * Carts: what guests and customers mean to buy.
 *
 * Whatever changes a cart locks its row first, so that changes of the cart and of its lines follow each other, and gives it another term of
 * `CART_TTL` seconds. No stock is held, and prices are those of the moment.
 */
@Injectable()
export class CartsService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly carts: CartsRepository,
    private readonly pricing: PricingService,
    private readonly inventory: InventoryService,
    private readonly codes: PromotionCodesService,
    private readonly environment: Environment,
  ) {}

  /**
   * Begins a cart. A customer has one active cart at most: if there is one, it is that one, with what is asked for put into it.
   *
   * @param customerId Null for a guest, who gets the token that opens the cart.
   * @throws VariantNotSellableError, CartLimitError (both pointing at lines).
   */
  create(
    { lines = [], ...change }: CartChange & { readonly lines?: readonly RequestedLine[] },
    customerId: string | null,
  ): Promise<{ cart: PricedCart; token: string | null }> {
    const edit = (cart: CartWithLines): Addition[] => {
      Object.assign(cart, change);
      return addLines(cart, lines, (index) => `/lines/${index}`);
    };
    return this.transactions.run(async () => {
      if (customerId !== null) return { cart: await this.edit(await this.activeOf(customerId), edit), token: null };
      const { token, hash } = CART_TOKEN.issue();
      const cart = beginCart({ tokenHash: hash }, this.endOfTerm());
      const added = edit(cart);
      const priced = await this.price(cart, added);
      await this.carts.insert(cart);
      return { cart: priced, token };
    });
  }

  /** A cart with the prices and the stock of this moment; three statements. @throws CartNotFoundError also for who does not hold it. */
  async get(id: string, holder: CartHolder): Promise<PricedCart> {
    return this.show(id, holder, (cart) => cart);
  }

  /** What `show` makes of a cart. It may price it in further ways: once an answer about taxes that was missing is there, all runs again. */
  show<Shown>(id: string, holder: CartHolder, show: (cart: PricedCart) => Shown): Promise<Shown> {
    return this.transactions.prepared(async () => show(await this.price(held(await this.carts.find(id), holder))));
  }

  /** Changes e-mail, currency and language. @throws CartNotFoundError, CartNotActiveError, CartAlreadyOrderedError, VersionMismatchError */
  update(id: string, change: CartChange, holder: CartHolder, expectedVersion?: number): Promise<PricedCart> {
    return this.change(id, holder, expectedVersion, (cart) => void Object.assign(cart, change));
  }

  /** Sets both addresses; one that is absent is removed. @throws what `update` does; InvalidRequestError for an address not of its country. */
  setAddresses(
    id: string,
    addresses: { shippingAddress?: PostalAddress | null; billingAddress?: PostalAddress | null },
    holder: CartHolder,
    expectedVersion?: number,
  ): Promise<PricedCart> {
    const { shippingAddress, billingAddress } = addresses;
    const change = {
      shippingAddress: shippingAddress ? normalisedAddress(shippingAddress, '/shippingAddress') : null,
      billingAddress: billingAddress ? normalisedAddress(billingAddress, '/billingAddress') : null,
    };
    return this.change(id, holder, expectedVersion, (cart) => void Object.assign(cart, change));
  }

  /**
   * Puts pieces of a variant into a cart, beside those that are in it.
   *
   * @throws what `update` does; VariantNotSellableError unless it is published and has a price in the cart's currency; CartLimitError.
   */
  addLine(id: string, line: RequestedLine, holder: CartHolder, expectedVersion?: number): Promise<PricedCart> {
    return this.change(id, holder, expectedVersion, (cart) => addLines(cart, [line], () => ''));
  }

  /** Sets how much is wanted of a line. @throws what `update` does; CartLineNotFoundError */
  changeLine(
    id: string,
    lineId: string,
    quantity: number,
    holder: CartHolder,
    expectedVersion?: number,
  ): Promise<PricedCart> {
    return this.change(id, holder, expectedVersion, ({ lines }) => {
      const line = lines.find((one) => one.id === lineId) ?? raise(new CartLineNotFoundError());
      line.quantity = quantity;
    });
  }

  /**
   * Adds a promotion code, whether or not it applies now; `explain` says what is missing.
   *
   * @throws what `update` does; PromotionCodeUnknownError, PromotionUsageLimitError; CartLimitError for one too many.
   */
  addPromotionCode(id: string, entered: string, holder: CartHolder, expectedVersion?: number): Promise<PricedCart> {
    return this.change(id, holder, expectedVersion, async (cart) => {
      const code = await this.codes.assertValid(entered);
      if (cart.promotionCodes.includes(code)) return;
      if (cart.promotionCodes.length === MAX_CODES) throw new CartLimitError([TOO_MANY_CODES]);
      cart.promotionCodes = [...cart.promotionCodes, code];
    });
  }

  /** Takes a promotion code out; one that is not in it changes nothing. @throws what `update` does */
  async removePromotionCode(id: string, code: string, holder: CartHolder, expectedVersion?: number): Promise<void> {
    await this.change(id, holder, expectedVersion, (cart) => {
      cart.promotionCodes = cart.promotionCodes.filter((one) => one !== canonicalCode(code));
    });
  }

  /** Takes a line out. @throws what `update` does; CartLineNotFoundError */
  async removeLine(id: string, lineId: string, holder: CartHolder, expectedVersion?: number): Promise<void> {
    await this.change(id, holder, expectedVersion, (cart) => {
      const kept = cart.lines.filter((line) => line.id !== lineId);
      if (kept.length === cart.lines.length) throw new CartLineNotFoundError();
      cart.lines = kept;
    });
  }

  /** Deletes a cart; one that has been ordered stays with its order. @throws CartNotFoundError, CartAlreadyOrderedError, VersionMismatchError */
  async remove(id: string, holder: CartHolder, expectedVersion?: number): Promise<void> {
    await this.transactions.run(async () => {
      const cart = held(await this.carts.lock(id), holder);
      assertVersion(cart, expectedVersion);
      if (cart.status === 'ordered') throw await this.refusalOf(id, holder);
      await this.carts.delete(id);
    });
  }

  /**
   * Takes a guest's cart over into the active cart of a customer, which is made if there is none: lines are added up, and what the
   * customer's cart does not say (e-mail, language, addresses) is that of the guest's. Sent again, or by several tabs at once, it changes
   * nothing more: the guest's cart is locked first, and is merged once.
   *
   * @returns the customer's active cart.
   * @throws CartNotFoundError; CartAlreadyOrderedError, CartNotActiveError; CartLimitError when it would be too much for one cart, and then
   * both stay as they are.
   */
  merge(id: string, customerId: string, holder: CartHolder): Promise<PricedCart> {
    return this.transactions.run(async () => {
      const guest = held(await this.carts.lock(id), holder);
      if (guest.customerId === customerId) {
        // Merged before, or their own cart already.
        return this.price(guest.status === 'active' ? guest : await this.activeOf(customerId));
      }
      if (guest.status !== 'active') throw await this.refusalOf(id, holder);
      const merged = await this.edit(await this.activeOf(customerId), (cart) => {
        for (const member of ['email', 'language', 'shippingAddress', 'billingAddress', 'shippingMethodId'] as const)
          Object.assign(cart, { [member]: cart[member] ?? guest[member] });
        cart.promotionCodes = [...new Set([...cart.promotionCodes, ...guest.promotionCodes])].slice(0, MAX_CODES);
        addLines(cart, guest.lines, (index) => `/lines/${index}`);
      });
      const { lines, version } = guest;
      const emptied = {
        email: null,
        language: null,
        shippingAddress: null,
        billingAddress: null,
        promotionCodes: [],
        lines: [],
      };
      const closed = { status: 'merged' as const, customerId, tokenHash: null, version: version + 1 };
      await this.carts.save(Object.assign(guest, emptied, closed, { updatedAt: new Date() }), lines);
      return merged;
    });
  }

  /**
   * Takes a cart for the order that the open transaction writes: it is ordered when that commits, and as before otherwise.
   *
   * @throws CartNotFoundError also for staff, who order in nobody's place; CartAlreadyOrderedError, CartNotActiveError, CartEmptyError.
   */
  async take(id: string, holder: CartHolder): Promise<CartWithLines> {
    const taken = await this.carts.take(id, this.endOfTerm());
    if (!taken) throw await this.refusalOf(id, holder);
    const cart = held(taken, holder);
    if (cart.lines.length === 0) throw new CartEmptyError();
    return cart;
  }

  /** Changes an active cart under its lock. @throws what `update` does. */
  change(id: string, holder: CartHolder, expectedVersion: number | undefined, edit: CartEdit): Promise<PricedCart> {
    return this.transactions.run(async () => {
      const cart = held(await this.carts.lock(id), holder);
      if (cart.status !== 'active') throw await this.refusalOf(id, holder);
      assertVersion(cart, expectedVersion);
      return this.edit(cart, edit);
    });
  }

  /** Changes a locked cart; what is already so changes nothing, not even the version. */
  private async edit(cart: CartWithLines, edit: CartEdit): Promise<PricedCart> {
    const before = changeable(cart);
    const added = (await edit(cart)) ?? [];
    const isChanged = !isDeepStrictEqual(changeable(cart), before);
    if (isChanged) {
      cart.version += 1;
      cart.updatedAt = new Date();
      cart.expiresAt = this.endOfTerm();
    }
    const priced = await this.price(cart, added);
    if (isChanged) await this.carts.save(cart, before.lines);
    return priced;
  }

  /** @param added Of these, each must be for sale. */
  private async price(cart: CartWithLines, added: readonly Addition[] = []): Promise<PricedCart> {
    const { currency, customerId, email, promotionCodes: codes, shippingAddress: destination } = cart;
    const [pricing, stock] = await Promise.all([
      this.pricing.open({ variants: cart.lines, currency, customer: { id: customerId, email }, codes, destination }),
      this.inventory.available(cart.lines.map(({ variantId }) => variantId)),
    ]);
    const refused = added.filter(({ variantId }) => !isSellable(pricing.quotes.get(variantId)));
    if (refused.length > 0)
      throw new VariantNotSellableError(
        refused.map(({ pointer }) => `${pointer}/variantId`),
        currency,
      );
    return priceCart(cart, pricing, stock);
  }

  /** Locks the active cart of a customer, which is made if there is none. */
  private async activeOf(customerId: string): Promise<CartWithLines> {
    for (;;) {
      const id = await this.carts.findActiveIdOf(customerId);
      const cart = id === null ? null : await this.carts.lock(id);
      // It may have been ordered while its lock was waited for.
      if (cart?.status === 'active') return cart;
      await this.carts.insertUnlessActive(beginCart({ customerId }, this.endOfTerm()));
    }
  }

  private endOfTerm(): Date {
    return new Date(Date.now() + this.environment.CART_TTL * 1000);
  }

  /** Why a cart that is not active cannot be changed. */
  private async refusalOf(id: string, holder: CartHolder): Promise<Error> {
    const { status, orderId } = held(await this.carts.find(id), holder);
    return status === 'ordered' ? new CartAlreadyOrderedError(orderId) : new CartNotActiveError(status);
  }
}

/** @throws CartNotFoundError when there is no cart, or the caller does not hold it: the one looks like the other. */
function held<Found extends Cart>(cart: Found | null, holder: CartHolder): Found {
  return cart !== null && holds(holder, cart) ? cart : raise(new CartNotFoundError());
}
