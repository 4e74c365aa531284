import { conflict, type FieldError, notFound, rejected } from '../../common/errors/domain.error.js';
import type { CartStatus } from './entities/cart.entity.js';

/** There is no such cart, or it is not the caller's. */
export class CartNotFoundError extends notFound('cart.not_found', 'No such cart', 'There is no such cart.') {}

export class CartLineNotFoundError extends notFound(
  'cart.line_not_found',
  'No such line',
  'There is no such line in this cart.',
) {}

/** The cart has become an order; `orderId` says which. */
export class CartAlreadyOrderedError extends conflict('cart.already_ordered', 'The cart has been ordered') {
  override readonly extensions: Readonly<Record<string, unknown>>;

  constructor(readonly orderId: string | null) {
    super('This cart has been ordered already; one cart makes one order.');
    this.extensions = { orderId };
  }
}

/** The cart was merged into another one, or left alone for too long. */
export class CartNotActiveError extends conflict('cart.not_active', 'The cart is closed') {
  override readonly extensions: Readonly<Record<string, unknown>>;

  constructor(readonly status: CartStatus) {
    super(`This cart is ${status} and does not change any more; begin another one.`);
    this.extensions = { cartStatus: status };
  }
}

export class CartEmptyError extends conflict('cart.empty', 'The cart is empty', 'There is nothing in this cart.') {}

/** A line would have too many pieces, or the cart too many lines. */
export class CartLimitError extends rejected('cart.limit_exceeded', 'Too much for one cart') {
  constructor(override readonly errors: readonly FieldError[]) {
    super(`${errors[0]!.pointer}: ${errors[0]!.message}.`);
  }
}
