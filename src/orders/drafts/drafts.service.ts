import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { normalisedAddress } from '../../common/address/postal-address.js';
import { raise } from '../../common/errors/domain.error.js';
import { assertVersion, InvalidRequestError } from '../../common/errors/request.errors.js';
import { newId } from '../../common/ids.js';
import { DEFAULT_CURRENCY } from '../../common/money/money.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import { InventoryService } from '../../products/inventory/inventory.service.js';
import { Order } from '../entities/order.entity.js';
import type { OrderChange } from '../entities/order-history-entry.entity.js';
import { OrderEvent } from '../events/order.event.js';
import { OrderMailQueue } from '../mails/order-mail-queue.service.js';
import type { OrderReach } from '../order-access.js';
import { SYSTEM } from '../order-status.js';
import { stockedLines } from '../order-totals.js';
import { OrderNotFoundError } from '../orders.errors.js';
import { OrdersRepository } from '../orders.repository.js';
import type { CreateDraftDto, SendDraftDto, UpdateDraftDto } from './draft.dto.js';
import { amountsOf } from '../pricing/price-purchase.js';
import { DraftPricing, type PricedDraft } from './draft-pricing.service.js';
import { OrderNotDraftError } from './drafts.errors.js';

/** Tells of what happened to a draft: an event for everybody, and for the record who among the staff did it. */
@Injectable()
export class DraftJournal {
  constructor(
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
  ) {}

  /** @param reach Of the member of staff; null for what follows by itself. */
  async tell(order: Order, { type, version }: Pick<OrderChange, 'type' | 'version'>, reach: OrderReach | null) {
    await this.outbox.add(new OrderEvent(type, order, version));
    if (!reach) return;
    const { id, number, totalAmount, currency } = order;
    await this.audit.record({
      action: type,
      target: { type: 'order', id },
      after: { number: number ?? null, total: { amount: totalAmount, currency } },
    });
  }
}

/** Orders that staff write for customers (domain.md O1, O2). */
@Injectable()
export class DraftsService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly orders: OrdersRepository,
    private readonly pricing: DraftPricing,
    private readonly inventory: InventoryService,
    private readonly mails: OrderMailQueue,
    private readonly journal: DraftJournal,
  ) {}

  /**
   * Writes a draft. No stock is held.
   *
   * @returns its id.
   * @throws VariantNotSellableError, OrderTotalTooLargeError, DraftCustomerUnknownError, NumberSeriesUnknownError; InvalidRequestError for
   * lines that are neither of the catalogue nor priced, and without customer and e-mail address.
   */
  create(dto: CreateDraftDto, reach: OrderReach): Promise<string> {
    return this.transactions.run(async () => {
      const { customerId = null, currency = DEFAULT_CURRENCY, numberPrefix } = dto;
      await this.pricing.assertSeries(numberPrefix);
      const customer = await this.pricing.customerOf(customerId);
      const email = dto.email ?? customer?.email;
      if (email === undefined)
        throw InvalidRequestError.of(
          '/email',
          'required',
          'is required without a customer: the link to pay goes there',
        );
      const now = new Date();
      const order = Object.assign(new Order(), {
        id: newId(),
        customerId,
        email,
        status: 'draft' as const,
        fulfilmentStatus: 'unfulfilled' as const,
        returnStatus: 'none' as const,
        paymentStatus: 'unpaid' as const,
        currency,
        requestKey: null,
        cartId: null,
        origin: 'staff' as const,
        language: dto.language ?? null,
        tags: dto.tags ?? [],
        customerNote: dto.note ?? null,
        cancelReason: null,
        placedAt: now,
        expiresAt: null,
        confirmedAt: null,
        closedAt: null,
        version: 0,
        ...addressesOf(dto),
      });
      const shipping = this.pricing.amountOf(dto.shippingTotal, currency, '/shippingTotal');
      const priced = await this.pricing.price(dto.lines, order, shipping);
      apply(order, priced);
      const change = order.draft(reach.actor, now);
      await this.orders.insert(order, priced.lines, [change], null, numberPrefix);
      await this.journal.tell(order, change, reach);
      return order.id;
    });
  }

  /**
   * Changes a draft; members that are absent stay (RFC 7396). Lines are priced anew when they are given, and only then.
   *
   * @throws OrderNotFoundError, OrderNotDraftError, VersionMismatchError, and what `create` throws.
   */
  update(id: string, dto: UpdateDraftDto, reach: OrderReach, expectedVersion?: number): Promise<void> {
    return this.transactions.run(async () => {
      const order = await this.lock(id, reach, expectedVersion);
      if (Object.keys(dto).length === 0) return;
      const { customerId = order.customerId, email, language, note, tags, shippingTotal, lines } = dto;
      if (dto.customerId) {
        const customer = await this.pricing.customerOf(dto.customerId);
        if (email === undefined && dto.customerId !== order.customerId) order.email = customer!.email;
      }
      Object.assign(order, { customerId, ...addressesOf(dto, order) });
      if (email !== undefined) order.email = email;
      if (language !== undefined) order.language = language;
      if (note !== undefined) order.customerNote = note;
      if (tags !== undefined) order.tags = tags;
      const shipping =
        shippingTotal === undefined
          ? order.shippingTotalAmount
          : this.pricing.amountOf(shippingTotal, order.currency, '/shippingTotal');
      const priced = lines
        ? await this.pricing.price(lines, order, shipping)
        : await this.pricing.reprice(await this.orders.findLines([id]), order, shipping);
      apply(order, priced);
      const change = order.redraft(reach.actor, new Date());
      await this.orders.saveDraft(order, change, priced.lines);
      await this.journal.tell(order, change, reach);
    });
  }

  /** Throws a draft away, its history included; the event that tells of it stays. @throws OrderNotFoundError, OrderNotDraftError, VersionMismatchError */
  remove(id: string, reach: OrderReach, expectedVersion?: number): Promise<void> {
    return this.transactions.run(async () => {
      const order = await this.lock(id, reach, expectedVersion);
      await this.orders.deleteDraft(id);
      await this.journal.tell(order, { type: 'order.draft_deleted', version: order.version + 1 }, reach);
    });
  }

  /**
   * Turns a draft into an order that waits for its payment (domain.md O2): its stock is held, until `DRAFT_TTL` has passed unless the
   * request says until when, its totals stand, and the customer is mailed a link that opens and pays it.
   *
   * @throws OrderNotFoundError, OrderTransitionError, VersionMismatchError; InsufficientStockError, and then nothing has changed.
   */
  send(id: string, dto: SendDraftDto, reach: OrderReach, expectedVersion?: number): Promise<void> {
    return this.transactions.run(async () => {
      const order = (await this.orders.lock(id, reach)) ?? raise(new OrderNotFoundError());
      if (order.status === 'draft') assertVersion(order, expectedVersion);
      const now = new Date();
      const change = order.send(reach.actor, now, this.pricing.untilWhen(dto.expiresAt, now));
      const lines = await this.orders.findLines([id]);
      await this.inventory.reserve(id, stockedLines(lines));
      await this.orders.saveDraft(order, change, null);
      await this.journal.tell(order, change, reach);
      if (order.totalAmount === 0) {
        const confirmed = order.confirm(SYSTEM, now);
        await this.orders.saveDraft(order, confirmed, null);
        await this.journal.tell(order, confirmed, null);
      } else {
        await this.mails.offer(Object.assign(order, { lines }));
      }
    });
  }

  private async lock(id: string, reach: OrderReach, expectedVersion: number | undefined): Promise<Order> {
    const order = (await this.orders.lock(id, reach)) ?? raise(new OrderNotFoundError());
    if (order.status !== 'draft') throw new OrderNotDraftError();
    assertVersion(order, expectedVersion);
    return order;
  }
}

function apply(order: Order, { pricing }: PricedDraft): void {
  Object.assign(order, amountsOf(pricing));
  order.settlePayments([]);
}

function addressesOf(
  dto: Pick<UpdateDraftDto, 'shippingAddress' | 'billingAddress'>,
  current: Pick<Order, 'shippingAddress' | 'billingAddress'> = { shippingAddress: null, billingAddress: null },
): Pick<Order, 'shippingAddress' | 'billingAddress'> {
  const of = (name: 'shippingAddress' | 'billingAddress') => {
    const address = dto[name];
    if (address === undefined) return current[name];
    return address === null ? null : normalisedAddress(address, `/${name}`);
  };
  return { shippingAddress: of('shippingAddress'), billingAddress: of('billingAddress') };
}
