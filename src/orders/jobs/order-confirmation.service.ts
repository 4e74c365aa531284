import { Injectable } from '@nestjs/common';
import { isErasedEmail } from '../../common/validation/email-address.js';
import { MailService } from '../../mail/mail.service.js';
import { OrdersService } from '../orders.service.js';

/** The dedupe key of the mail that tells that an order is confirmed. */
export const orderConfirmedMail = (orderId: string): string => `order.confirmed:${orderId}`;

/** Mail about orders. */
@Injectable()
export class OrderConfirmationService {
  constructor(
    private readonly orders: OrdersService,
    private readonly mail: MailService,
  ) {}

  /** Tells the customer that the order is confirmed; once, however often it is called. Nobody who has been erased is told. */
  async send(orderId: string): Promise<void> {
    const order = await this.orders.getForSystem(orderId);
    if (isErasedEmail(order.email)) return;
    const { currency } = order;
    await this.mail.send({
      dedupeKey: orderConfirmedMail(orderId),
      template: 'order-confirmation',
      to: order.email,
      data: {
        orderNumber: order.number,
        lines: order.lines.map(({ name, sku, quantity, totalAmount }) => ({
          name,
          sku,
          quantity,
          total: { amount: totalAmount, currency },
        })),
        subtotal: { amount: order.subtotalAmount, currency },
        discountTotal: { amount: order.discountTotalAmount, currency },
        shippingTotal: { amount: order.shippingTotalAmount, currency },
        taxTotal: { amount: order.taxTotalAmount, currency },
        total: { amount: order.totalAmount, currency },
      },
    });
  }
}
