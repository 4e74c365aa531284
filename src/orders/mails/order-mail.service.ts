import { Injectable } from '@nestjs/common';
import { isErasedEmail } from '../../common/validation/email-address.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { EventJob } from '../../jobs/queues.js';
import { spokenLocale } from '../../mail/locales/choose-locale.js';
import { MailService } from '../../mail/mail.service.js';
import type { AwaitedOrder, OrderMailData, OrderSummary } from '../../mail/templates/order-mails.js';
import type { TemplateData } from '../../mail/templates/templates.js';
import { OrderAccess } from '../order-access.js';
import { OrdersRepository, type OrderWithLines } from '../orders.repository.js';
import { OrdersService } from '../orders.service.js';
import { OrderMailsRepository } from './order-mails.repository.js';

/** How long a shopper may take to pay, or to try again, before a mail tells that the order waits: most never need one. */
const AWAITED_AFTER_MS = 120_000;
/** Orders whose customers are told in one transaction. */
const BATCH = 50;

/** The dedupe keys of the mails about an order: the event, and what it happened to. */
export const orderMailKeys = {
  placed: (orderId: string): string => `order.placed:${orderId}`,
  confirmed: (orderId: string): string => `order.confirmed:${orderId}`,
  cancelled: (orderId: string): string => `order.cancelled:${orderId}`,
  expired: (orderId: string): string => `order.expired:${orderId}`,
  paymentFailed: (paymentId: string): string => `payment.failed:${paymentId}`,
  refunded: (refundId: string): string => `payment.refunded:${refundId}`,
} as const;

/** Mail about orders, in the language of the order; each once, however often it is asked for. Nobody who has been erased is told. */
@Injectable()
export class OrderMailService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly orders: OrdersService,
    private readonly repository: OrdersRepository,
    private readonly mails: OrderMailsRepository,
    private readonly access: OrderAccess,
    private readonly mail: MailService,
  ) {}

  /** Tells the customer what an event says; an event of another type is passed over. */
  async tell({ type, aggregateId, data }: Pick<EventJob, 'type' | 'aggregateId' | 'data'>): Promise<void> {
    if (type === 'payment.refunded') return this.tellRefund(data.refundId as string);
    const order = await this.orders.getForSystem(aggregateId);
    if (type === 'order.confirmed') {
      await this.send(order, orderMailKeys.confirmed(order.id), 'order-confirmation', summaryOf(order));
    } else if (type === 'order.expired') {
      await this.send(order, orderMailKeys.expired(order.id), 'order-expired', summaryOf(order));
    } else if (type === 'order.cancelled') {
      const { returned, released } = await this.mails.findReturned(order.id);
      const money = (amount: number) => (amount > 0 ? { amount, currency: order.currency } : null);
      await this.send(order, orderMailKeys.cancelled(order.id), 'order-cancelled', {
        ...summaryOf(order),
        returned: money(returned),
        released: money(released),
      });
    }
  }

  /**
   * Tells customers that their order waits for its payment, or that the payment has failed, once it has waited two minutes: whoever pays in
   * the same call, or at once, gets the confirmation alone. Any number of workers may do so at once.
   */
  async tellAwaited(now: Date = new Date()): Promise<void> {
    const before = new Date(now.getTime() - AWAITED_AFTER_MS);
    // Most of the time nobody is to be told, which takes no transaction to see.
    while (await this.mails.isAnyAwaited(before)) {
      const told = await this.transactions.run(async () => {
        const awaited = await this.mails.lockAwaited(before, BATCH);
        const orders = awaited.length === 0 ? [] : await this.repository.findAll(awaited.map(({ id }) => id));
        for (const [index, { failedPaymentId }] of awaited.entries())
          await this.enqueueAwaited(orders[index]!, failedPaymentId);
        return awaited.length;
      });
      if (told < BATCH) return;
    }
  }

  /** Written under the lock of the order, which an erasure takes as well: what is written here is found and forgotten by it. */
  private async enqueueAwaited(order: OrderWithLines, failedPaymentId: string | null): Promise<void> {
    const data: AwaitedOrder = {
      ...summaryOf(order),
      orderId: order.id,
      token: order.customerId === null ? this.access.tokenOf(order.id) : null,
      until: order.expiresAt!.toISOString(),
    };
    await this.mail.enqueue({
      dedupeKey:
        failedPaymentId === null ? orderMailKeys.placed(order.id) : orderMailKeys.paymentFailed(failedPaymentId),
      template: failedPaymentId === null ? 'order-placed' : 'payment-failed',
      to: order.email,
      locale: await this.localeOf(order),
      data,
    });
  }

  private async tellRefund(refundId: string): Promise<void> {
    const refund = await this.mails.findRefund(refundId);
    if (!refund) return;
    const { orderId, amount, reason } = refund;
    const order = await this.orders.getForSystem(orderId);
    await this.send(order, orderMailKeys.refunded(refundId), 'order-refunded', {
      orderNumber: order.number,
      amount,
      reason,
    });
  }

  private async send<Name extends keyof OrderMailData>(
    order: OrderWithLines,
    dedupeKey: string,
    template: Name,
    data: TemplateData<Name>,
  ): Promise<void> {
    if (isErasedEmail(order.email)) return;
    const locale = await this.localeOf(order);
    await this.mail.send({ dedupeKey, template, to: order.email, locale, data });
  }

  /** The language of the order where mail speaks it, else that of the customer's account; null for that of the shop. */
  private async localeOf({ language, customerId }: OrderWithLines): Promise<string | null> {
    if (customerId === null || spokenLocale([language])) return language;
    return this.mails.findLocaleOf(customerId);
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
  };
}
