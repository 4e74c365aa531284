import { conflict, type FieldError, notFound, rejected } from '../../common/errors/domain.error.js';
import type { FulfilmentState } from './fulfilment.entity.js';

/** There is no such fulfilment, or its order is not the caller's. */
export class FulfilmentNotFoundError extends notFound(
  'fulfilment.not_found',
  'No such fulfilment',
  'There is no such fulfilment.',
) {}

/** A line is not of this order. */
export class FulfilmentLineUnknownError extends rejected('fulfilment.line_unknown', 'No such line') {
  override readonly errors: readonly FieldError[];

  /** @param indexes Places in the request. */
  constructor(indexes: readonly number[]) {
    super('The order has no such line.');
    this.errors = indexes.map((index) => ({
      pointer: `/lines/${index}/lineId`,
      code: 'unknown',
      message: 'is no line of the order',
    }));
  }
}

/** A line of a request that asks for more pieces than there are. */
export interface ExceededLine {
  /** Place in the request. */
  readonly index: number;
  /** Pieces there are. */
  readonly left: number;
}

const exceeded = (lines: readonly ExceededLine[]): FieldError[] =>
  lines.map(({ index, left }) => ({
    pointer: `/lines/${index}/quantity`,
    code: 'max',
    message: `must not be greater than ${left}`,
  }));

/** More pieces than are neither shipped, cancelled nor in another fulfilment; or nothing is left. */
export class FulfilmentExceedsError extends conflict('fulfilment.exceeds', 'More than is left to be shipped') {
  override readonly errors: readonly FieldError[];

  /** @param lines Those that ask for too much; none when nothing was named and nothing is left. */
  constructor(lines: readonly ExceededLine[]) {
    super(
      lines.length === 0
        ? 'Every piece of the order is shipped, cancelled, or in a fulfilment already.'
        : 'Fewer pieces are neither shipped, cancelled nor in another fulfilment.',
    );
    this.errors = exceeded(lines);
  }
}

/** The order holds fewer pieces at that location. */
export class FulfilmentNotThereError extends conflict('fulfilment.not_there', 'The pieces lie elsewhere') {
  override readonly errors: readonly FieldError[];

  constructor(lines: readonly ExceededLine[]) {
    super('Stock of the order lies at other locations; leave the location out to have one fulfilment for each.');
    this.errors = exceeded(lines);
  }
}

/** The fulfilment cannot do that from where it is. */
export class FulfilmentTransitionError extends conflict(
  'fulfilment.invalid_transition',
  'The fulfilment cannot do that now',
) {
  override readonly extensions: Record<string, unknown>;

  constructor(status: FulfilmentState, wanted: string, allowed: readonly FulfilmentState[]) {
    super(`A fulfilment that is ${status} cannot be ${wanted}.`);
    this.extensions = { fulfilmentStatus: status, allowed };
  }
}

/** Nobody has said where the goods go. */
export class ShippingAddressMissingError extends conflict(
  'fulfilment.address_missing',
  'The order has no address',
  'The order has no shipping address yet, and is not to be picked up.',
) {}

/** The order has been changed since, and its pieces no longer lie where the fulfilment takes them from. */
export class FulfilmentNotHeldError extends conflict(
  'fulfilment.not_held',
  'The pieces are not there any more',
  'The order no longer holds these pieces at this location; cancel the fulfilment and make a new one.',
) {}
