import { conflict, type FieldError, notFound, rejected } from '../../common/errors/domain.error.js';
import type { EditState } from './order-edit.entity.js';

/** There is no such edit of an order. */
export class OrderEditNotFoundError extends notFound(
  'order_edit.not_found',
  'No such edit',
  'There is no such edit of an order.',
) {}

/** The edit has been decided. */
export class OrderEditTransitionError extends conflict('order_edit.invalid_transition', 'The edit is decided') {
  override readonly extensions: Record<string, unknown>;

  constructor(status: EditState, wanted: EditState) {
    super(`An edit that is ${status} cannot be ${wanted}.`);
    this.extensions = { editStatus: status, allowed: [] };
  }
}

/** The order has changed since the edit was proposed. */
export class OrderEditOutdatedError extends conflict('order_edit.outdated', 'The order has changed') {
  override readonly extensions: Record<string, unknown>;

  constructor(orderVersion: number) {
    super('The order has changed since this edit was proposed; propose it anew.');
    this.extensions = { orderVersion };
  }
}

/** Less than has been shipped or packed of a line, or refunded of it or of shipping. */
export class OrderEditTooLowError extends conflict('order_edit.too_low', 'Less than is shipped or refunded') {
  override readonly extensions: Record<string, unknown>;

  /** @param lineId Null for shipping. @param least Pieces and minor units that must stay. */
  constructor(lineId: string | null, least: { readonly quantity: number; readonly total: number }) {
    super(
      lineId === null
        ? 'More has been refunded of shipping than it would come to.'
        : 'More of a line has been packed, shipped or refunded than would be left of it.',
    );
    this.extensions = { lineId, least };
  }
}

/** A line is not of this order. */
export class OrderEditLineUnknownError extends rejected('order_edit.line_unknown', 'No such line') {
  override readonly errors: readonly FieldError[];

  /** @param index Place in the request. */
  constructor(index: number) {
    super('The order has no such line.');
    this.errors = [{ pointer: `/lines/${index}/lineId`, code: 'unknown', message: 'is no line of the order' }];
  }
}

/** Nothing would be left of the order. */
export class OrderEditEmptyError extends rejected(
  'order_edit.no_lines',
  'Nothing would be left',
  'An order has at least one line; cancel it instead.',
  { pointer: '/lines', code: 'empty', message: 'must leave at least one line' },
) {}

/** Prices contain their tax where the order goes, and did not when it was placed, or the other way round. */
export class OrderEditTaxesDifferError extends conflict(
  'order_edit.taxes_differ',
  'Taxes have changed',
  'By now prices contain their tax where they did not when the order was placed, or the other way round; place another order instead.',
) {}
