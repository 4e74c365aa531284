import { conflict, type FieldError, notFound, rejected } from '../../common/errors/domain.error.js';
import type { ReturnState } from './return.entity.js';

/** There is no such return, or its order is not the caller's. */
export class ReturnNotFoundError extends notFound('return.not_found', 'No such return', 'There is no such return.') {}

/** The return cannot do that from where it is. */
export class ReturnTransitionError extends conflict('return.invalid_transition', 'The return cannot do that now') {
  override readonly extensions: Record<string, unknown>;

  constructor(status: ReturnState, wanted: ReturnState | 'exchanged', allowed: readonly ReturnState[]) {
    super(`A return that is ${status} cannot be ${wanted}.`);
    this.extensions = { returnStatus: status, allowed };
  }
}

/** A line is not of this order, or of this return. */
export class ReturnLineUnknownError extends rejected('return.line_unknown', 'No such line') {
  override readonly errors: readonly FieldError[];

  /** @param index Place in the request. */
  constructor(index: number) {
    super('There is no such line to be returned.');
    this.errors = [{ pointer: `/lines/${index}/lineId`, code: 'unknown', message: 'is no line that can be returned' }];
  }
}

/** More pieces than have been shipped and are neither back nor in another return; or more than the return is of. */
export class ReturnExceedsError extends conflict('return.exceeds', 'More than can be returned') {
  override readonly errors: readonly FieldError[];

  /** @param index Place in the request. @param left Pieces there are. */
  constructor(index: number, left: number) {
    super(`Of this line ${left} can be returned.`);
    this.errors = [{ pointer: `/lines/${index}/quantity`, code: 'max', message: `must not be greater than ${left}` }];
  }
}

/** The time to send goods back has passed; staff may still take them. */
export class ReturnWindowClosedError extends conflict('return.window_closed', 'Too late to return') {
  override readonly extensions: Record<string, unknown>;

  constructor(closedAt: Date) {
    super('The time to return this order has passed.');
    this.extensions = { closedAt: closedAt.toISOString() };
  }
}

/** Another order has been sent for the return already. */
export class ReturnExchangedError extends conflict('return.already_exchanged', 'The return has been exchanged') {
  override readonly extensions: Record<string, unknown>;

  constructor(exchangeOrderId: string) {
    super('Another order has been sent for this return already.');
    this.extensions = { exchangeOrderId };
  }
}

/** Everything that has come back has been refunded, or nothing has come back. */
export class ReturnNothingDueError extends conflict(
  'return.nothing_due',
  'Nothing is left to be refunded',
  'Everything that came back with this return has been refunded.',
) {}
