import { conflict, notFound } from '../../common/errors/domain.error.js';
import type { OrderStatus } from '../order-status.js';

export class InvoiceNotFoundError extends notFound(
  'invoice.not_found',
  'No such invoice',
  'There is no such invoice, or none has been issued yet.',
) {}

export class InvoiceAlreadyIssuedError extends conflict('invoice.already_issued', 'The invoice is issued already') {
  constructor(readonly number: string) {
    super(`Invoice ${number} says what the order comes to.`);
  }
  override readonly extensions = { number: this.number };
}

export class OrderNotInvoiceableError extends conflict('invoice.order_not_sold', 'The order is not sold') {
  constructor(status: OrderStatus) {
    super(`An order that is ${status} has no invoice; a confirmed one does.`);
  }
}

export class SellerUnknownError extends conflict(
  'invoice.seller_unknown',
  'The seller is not known',
  'Invoices need the name of who sells: set SELLER_NAME.',
) {}

export class InvoiceNotExpressibleError extends conflict(
  'invoice.not_expressible',
  'EN 16931 cannot say this invoice',
) {
  constructor(reason: string) {
    super(`There is no XML of this document: ${reason}. The PDF has all of it.`);
  }
}
