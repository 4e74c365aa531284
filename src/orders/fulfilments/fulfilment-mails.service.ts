import { Injectable } from '@nestjs/common';
import { isErasedEmail } from '../../common/validation/email-address.js';
import { MailService } from '../../mail/mail.service.js';
import { orderMailKeys, OrderMailQueue } from '../mails/order-mail-queue.service.js';
import { OrdersService } from '../orders.service.js';
import { FulfilmentsRepository } from './fulfilments.repository.js';

/** Mail about parcels, in the language of the order; each once, however often it is asked for. */
@Injectable()
export class FulfilmentMails {
  constructor(
    private readonly fulfilments: FulfilmentsRepository,
    private readonly orders: OrdersService,
    private readonly queue: OrderMailQueue,
    private readonly mail: MailService,
  ) {}

  /** Tells the customer that a fulfilment is on its way, and how it is followed. */
  async tell(id: string): Promise<void> {
    const fulfilment = await this.fulfilments.find(id);
    if (!fulfilment) return;
    const order = await this.orders.getForSystem(fulfilment.orderId);
    if (isErasedEmail(order.email)) return;
    const { carrier, trackingNumber, trackingUrl, lines } = fulfilment;
    await this.mail.send({
      dedupeKey: orderMailKeys.shipped(id),
      template: 'order-shipped',
      to: order.email,
      locale: await this.queue.localeOf(order),
      data: {
        orderNumber: order.number,
        pieces: lines.map(({ name, sku, quantity }) => ({ name, sku, quantity })),
        carrier,
        trackingNumber,
        trackingUrl,
        isPart: order.fulfilmentStatus !== 'fulfilled',
      },
    });
  }

  /** Forgets to whom mail about these was sent. */
  async forget(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.mail.forgetKeys(ids.map((id) => orderMailKeys.shipped(id)));
  }
}
