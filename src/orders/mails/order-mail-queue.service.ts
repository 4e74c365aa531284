import { Injectable } from '@nestjs/common';
import { isErasedEmail } from '../../common/validation/email-address.js';
import { spokenLocale } from '../../mail/locales/choose-locale.js';
import { MailService } from '../../mail/mail.service.js';
import { OrderAccess } from '../order-access.js';
import type { OrderWithLines } from '../orders.repository.js';
import { orderMailKeys, summaryOf } from './order-mail.service.js';
import { OrderMailsRepository } from './order-mails.repository.js';

/** Mail about orders that is written with what it tells of, in one transaction. */
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
    const { id, customerId, language, email } = order;
    const locale =
      customerId === null || spokenLocale([language]) ? language : await this.mails.findLocaleOf(customerId);
    await this.mail.enqueue({
      dedupeKey: orderMailKeys.placed(id),
      template: 'order-payable',
      to: email,
      locale,
      data: {
        ...summaryOf(order),
        orderId: id,
        token: this.access.tokenOf(id),
        until: order.expiresAt!.toISOString(),
      },
    });
  }
}
