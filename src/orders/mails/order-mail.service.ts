import { Injectable } from '@nestjs/common';
import { isErasedEmail } from '../../common/validation/email-address.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { EventJob } from '../../jobs/queues.js';
import { MailService } from '../../mail/mail.service.js';
import type { OrderMailData } from '../../mail/templates/order-mails.js';
import type { TemplateData } from '../../mail/templates/templates.js';
import { OrdersRepository, type OrderWithLines } from '../orders.repository.js';
import { OrdersService } from '../orders.service.js';
import { orderMailKeys, OrderMailQueue, summaryOf } from './order-mail-queue.service.js';
import { OrderMailsRepository } from './order-mails.repository.js';

/** How long a shopper may take to pay, or to try again, before a mail tells that the order waits: most never need one. */
const AWAITED_AFTER_MS = 120_000;
/** Orders whose customers are told in one transaction. */
const BATCH = 50;

/** Mail about orders, in the language of the order; each once, however often it is asked for. Nobody who has been erased is told. */
@Injectable()
export class OrderMailService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly orders: OrdersService,
    private readonly repository: OrdersRepository,
    private readonly mails: OrderMailsRepository,
    private readonly queue: OrderMailQueue,
    private readonly mail: MailService,
  ) {}

  /** Tells the customer what an event says; an event of another type is passed over. */
  async tell({ type, aggregateId, aggregateVersion, data }: Omit<EventJob, 'eventId' | 'requestId'>): Promise<void> {
    if (type === 'payment.refunded') return this.tellRefund(data.refundId as string);
    const order = await this.orders.getForSystem(aggregateId);
    if (type === 'order.confirmed') {
      await this.send(order, orderMailKeys.confirmed(order.id), 'order-confirmation', summaryOf(order));
    } else if (type === 'order.expired') {
      await this.send(order, orderMailKeys.expired(order.id), 'order-expired', summaryOf(order));
    } else if (type === 'order.edited') {
      const due = await this.mails.findDue(order.id);
      await this.send(order, orderMailKeys.edited(order.id, aggregateVersion), 'order-edited', {
        ...summaryOf(order),
        orderId: order.id,
        token: this.queue.tokenFor(order),
        due: due > 0 ? { amount: due, currency: order.currency } : null,
      });
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
          await this.queue.remind(orders[index]!, failedPaymentId);
        return awaited.length;
      });
      if (told < BATCH) return;
    }
  }

  private async tellRefund(refundId: string): Promise<void> {
    const refund = await this.mails.findRefund(refundId);
    if (!refund) return;
    const { orderId, amount, reason, goesTo } = refund;
    const order = await this.orders.getForSystem(orderId);
    await this.send(order, orderMailKeys.refunded(refundId), 'order-refunded', {
      orderNumber: order.number,
      amount,
      reason,
      goesTo,
    });
  }

  private async send<Name extends keyof OrderMailData>(
    order: OrderWithLines,
    dedupeKey: string,
    template: Name,
    data: TemplateData<Name>,
  ): Promise<void> {
    if (isErasedEmail(order.email)) return;
    const locale = await this.queue.localeOf(order);
    await this.mail.send({ dedupeKey, template, to: order.email, locale, data });
  }
}
