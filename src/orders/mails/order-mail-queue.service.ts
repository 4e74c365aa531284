import { Injectable } from '@nestjs/common';
import { isErasedEmail } from '../../common/validation/email-address.js';
import { spokenLocale } from '../../mail/locales/choose-locale.js';
import { MailService } from '../../mail/mail.service.js';
import type { OrderSummary } from '../../mail/templates/order-mails.js';
import { OrderAccess } from '../order-access.js';
import type { OrderWithLines } from '../orders.repository.js';
import { OrderMailsRepository } from './order-mails.repository.js';

/** The dedupe keys of the mails about an order: the event, and what it happened to. */
export const orderMailKeys = {
  placed: (orderId: string): string => `order.placed:${orderId}`,
  confirmed: (orderId: string): string => `order.confirmed:${orderId}`,
  cancelled: (orderId: string): string => `order.cancelled:${orderId}`,
  expired: (orderId: string): string => `order.expired:${orderId}`,
  edited: (orderId: string, version: number): string => `order.edited:${orderId}:${version}`,
  paymentFailed: (paymentId: string): string => `payment.failed:${paymentId}`,
  shipped: (fulfilmentId: string): string => `fulfilment.shipped:${fulfilmentId}`,
  refunded: (refundId: string): string => `payment.refunded:${refundId}`,
} as const;

/** Mail about orders that is written in the transaction of what it tells of: that an order waits for its payment. */
@Injectable()
export class OrderMailQueue {
  constructor(
    private readonly mails: OrderMailsRepository,
    private readonly access: OrderAccess,
    private readonly mail: MailService,
  ) {}

  /**
   * Mails the customer the link by which an order that staff have written is seen and paid. It is what every other order says after two
   * minutes, so it goes by the same key: nobody is told twice that the order waits.
   */
  async offer(order: OrderWithLines): Promise<void> {
    if (isErasedEmail(order.email)) return;
    await this.mail.enqueue({
      dedupeKey: orderMailKeys.placed(order.id),
      template: 'order-payable',
      ...(await this.awaited(order, this.access.tokenOf(order.id))),
    });
  }

  /**
   * Tells the customer that the order waits, or that this payment has failed. Called under the lock of the order, which an erasure takes as
   * well: what is written here is found and forgotten by it.
   */
  async remind(order: OrderWithLines, failedPaymentId: string | null): Promise<void> {
    const hasFailed = failedPaymentId !== null;
    await this.mail.enqueue({
      dedupeKey: hasFailed ? orderMailKeys.paymentFailed(failedPaymentId) : orderMailKeys.placed(order.id),
      template: hasFailed ? 'payment-failed' : 'order-placed',
      ...(await this.awaited(order, this.tokenFor(order))),
    });
  }

  /** What opens an order for whoever the mail goes to: the token of a guest's; null for one that its account opens. */
  tokenFor({ id, customerId }: OrderWithLines): string | null {
    return customerId === null ? this.access.tokenOf(id) : null;
  }

  /** The language of the order where mail speaks it, else that of the customer's account; null for that of the shop. */
  async localeOf({ language, customerId }: OrderWithLines): Promise<string | null> {
    if (customerId === null || spokenLocale([language])) return language;
    return this.mails.findLocaleOf(customerId);
  }

  private async awaited<Token extends string | null>(order: OrderWithLines, token: Token) {
    const data = { ...summaryOf(order), orderId: order.id, token, until: order.expiresAt!.toISOString() };
    return { to: order.email, locale: await this.localeOf(order), data };
  }
}

/** What a mail says of an order. */
export function summaryOf(order: OrderWithLines): OrderSummary {
  const { currency } = order;
  const money = (amount: number) => ({ amount, currency });
  return {
    orderNumber: order.number,
    lines: order.lines.map(({ name, sku, quantity, totalAmount }) => ({
      name,
      sku,
      quantity,
      total: money(totalAmount),
    })),
    subtotal: money(order.subtotalAmount),
    discountTotal: money(order.discountTotalAmount),
    shippingTotal: money(order.shippingTotalAmount),
    taxTotal: money(order.taxTotalAmount),
    total: money(order.totalAmount),
    pricesIncludeTax: order.pricesIncludeTax,
  };
}
