import { conflict, type FieldError, notFound, rejected } from '../common/errors/domain.error.js';
import type { Money } from '../common/money/money.js';
import type { OrderStatus } from './order-status.js';

/** There is no such order, or it is not the caller's. */
export class OrderNotFoundError extends notFound('order.not_found', 'No such order', 'There is no such order.') {}

/** The order cannot do that from where it is; `allowed` lists where the caller may move it. */
export class OrderTransitionError extends conflict('order.invalid_transition', 'The order cannot do that now') {
  override readonly extensions: Record<string, unknown>;

  constructor(
    readonly status: OrderStatus,
    readonly wanted: string,
    allowed: readonly OrderStatus[],
  ) {
    super(`An order that is ${status} cannot be ${wanted}.`);
    this.extensions = { orderStatus: status, allowed };
  }
}

/** Something of the order is still to be delivered, or somebody still owes money. */
export class OrderNotCompletableError extends conflict('order.not_completable', 'The order is not finished') {
  override readonly extensions: Record<string, unknown>;

  /** @param openLines Lines of which pieces are still to be delivered. */
  constructor(openLines: number, isSettled: boolean, paymentStatus: string) {
    const reasons = [
      ...(openLines > 0 ? [`${openLines === 1 ? 'one line is' : `${openLines} lines are`} not delivered`] : []),
      ...(isSettled ? [] : [`the payments are not settled (${paymentStatus})`]),
    ];
    super(`The order cannot be completed yet: ${reasons.join(', and ')}.`);
    this.extensions = { openLines, isSettled, paymentStatus };
  }
}

/** A line names a variant that is unknown, not published, or has no price in the order's currency. */
export class VariantNotSellableError extends rejected('order.variant_not_sellable', 'Not for sale') {
  override readonly errors: readonly FieldError[];

  /** @param pointers To the members that name the variants. */
  constructor(pointers: readonly string[], currency: string) {
    super(
      `${pointers.length === 1 ? 'One line asks' : `${pointers.length} lines ask`} for what is not for sale in ${currency}.`,
    );
    this.errors = pointers.map((pointer) => ({
      pointer,
      code: 'not_sellable',
      message: `is not for sale in ${currency}`,
    }));
  }
}

/** The total differs from the one the shopper was shown. */
export class OrderTotalChangedError extends conflict('order.total_changed', 'The total has changed') {
  override readonly extensions: Record<string, unknown>;

  constructor(total: Money) {
    super('The total is no longer the one that was confirmed; show the new one and ask again.');
    this.extensions = { total };
  }
}

/** The sum is beyond what can be counted exactly (2^53 − 1 minor units). */
export class OrderTotalTooLargeError extends rejected(
  'order.total_too_large',
  'The order is too large',
  'The total of this order is too large to be counted exactly; place several smaller orders.',
) {}

/** Addresses and e-mail are fixed once goods are on their way or the order is over. */
export class OrderNotEditableError extends conflict('order.not_editable', 'The order can no longer be changed') {
  constructor(status: OrderStatus) {
    super(`An order that is ${status} or already being shipped can no longer be changed.`);
  }
}
