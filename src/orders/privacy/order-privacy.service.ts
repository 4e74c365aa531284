import { Injectable } from '@nestjs/common';
import { erasedEmailOf } from '../../common/validation/email-address.js';
import { MailService } from '../../mail/mail.service.js';
import { orderMailKeys } from '../mails/order-mail-queue.service.js';
import { type ExportedOrder, OrderPrivacyRepository } from './order-privacy.repository.js';

/** Orders that are read at once for an export. */
const BATCH = 100;

/** What orders know of a person. */
@Injectable()
export class OrderPrivacyService {
  constructor(
    private readonly orders: OrderPrivacyRepository,
    private readonly mail: MailService,
  ) {}

  /** The orders of a user, oldest first, a hundred at a time. */
  async *export(userId: string): AsyncIterable<ExportedOrder> {
    let after: string | null = null;
    for (;;) {
      const orders: ExportedOrder[] = await this.orders.list(userId, after, BATCH);
      yield* orders;
      const last = orders.at(-1);
      if (!last || orders.length < BATCH) return;
      after = last.id;
    }
  }

  /**
   * Takes the person out of their orders and of the mails about them; number, lines, amounts, country and region stay for the books.
   *
   * @param provenEmail Canonical; orders placed without an account under it are theirs too. Null when they have not proven it.
   */
  async erase(userId: string, provenEmail: string | null): Promise<void> {
    const erased = await this.orders.erase(userId, erasedEmailOf(userId), provenEmail);
    const { placed, confirmed, cancelled, expired, paymentFailed, refunded } = orderMailKeys;
    const keys = erased.flatMap(({ id, paymentIds, refundIds }) => [
      ...[placed, confirmed, cancelled, expired].map((keyOf) => keyOf(id)),
      ...paymentIds.map(paymentFailed),
      ...refundIds.map(refunded),
    ]);
    if (keys.length > 0) await this.mail.forgetKeys(keys);
  }

  /** Takes the delivery address out of orders of erased people that have been delivered or are over. @returns how many, up to `limit`. */
  eraseDelivered(limit: number): Promise<number> {
    return this.orders.eraseDelivered(limit);
  }
}
