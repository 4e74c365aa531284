import { conflict, notFound, rejected } from '../../common/errors/domain.error.js';
import { formatMoney } from '../../common/money/currencies.js';
import type { Money } from '../../common/money/money.js';

/** There is no such card; whoever asks with a code is told the same of one that is disabled or mistyped. */
export class GiftCardNotFoundError extends notFound(
  'gift_card.not_found',
  'No such gift card',
  'There is no such gift card.',
) {}

/** Only what is there can be taken off. */
export class InsufficientCreditError extends conflict('gift_card.insufficient_balance', 'The balance is not enough') {
  override readonly extensions: Record<string, unknown>;

  constructor(balance: Money) {
    super(`The balance is ${formatMoney(balance)}; no more can be taken off.`);
    this.extensions = { balance };
  }
}

/** The adjustment is in another currency, or of nothing, or the balance would be beyond all measure. */
export class CreditAmountError extends rejected('gift_card.invalid_amount', 'The amount does not fit') {}

/** The card is for a user who is not there. */
export class CreditCustomerUnknownError extends rejected(
  'gift_card.customer_unknown',
  'No such customer',
  'There is no user with this id.',
  { pointer: '/customerId', code: 'unknown', message: 'is no user' },
) {}

/** Nobody is there whose credit it could be: the order was placed without an account. */
export class NoCreditAccountError extends rejected(
  'store_credit.no_account',
  'The order has no account',
  'The order was placed without an account, so there is no store credit to put the money on.',
) {}
