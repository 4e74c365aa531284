import { conflict, rejected } from '../../common/errors/domain.error.js';

/** Only what has not been sent can be changed at will. */
export class OrderNotDraftError extends conflict(
  'order.not_draft',
  'The order is no draft',
  'The order has been sent or placed already, so it is no draft any more.',
) {}

/** The draft is for a user who is not there, or may not order. */
export class DraftCustomerUnknownError extends rejected(
  'order.customer_unknown',
  'No such customer',
  'There is no active user with this id.',
  { pointer: '/customerId', code: 'unknown', message: 'is no active user' },
) {}

/** The draft names a series of numbers that nobody has made. */
export class NumberSeriesUnknownError extends rejected(
  'order.number_series_unknown',
  'No such series of numbers',
  'There is no series of order numbers with this prefix.',
  { pointer: '/numberPrefix', code: 'unknown', message: 'is no series of order numbers' },
) {}
