import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { notFound, raise } from '../../common/errors/domain.error.js';
import { assertVersion } from '../../common/errors/request.errors.js';
import { newId } from '../../common/ids.js';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { type Actor, responsibleUserId } from '../../common/security/principal.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import type { OrderReach } from '../order-access.js';
import { OrderNotFoundError } from '../orders.errors.js';
import { OrdersRepository } from '../orders.repository.js';
import type { CreateOrderNoteDto, UpdateOrderNoteDto } from './order-note.dto.js';
import type { OrderNote } from './order-note.entity.js';
import { OrderNoteEvent } from './order-note.event.js';
import { OrderNotesRepository } from './order-notes.repository.js';

export class OrderNoteNotFoundError extends notFound(
  'order.note_not_found',
  'No such note',
  'The order has no note with this id.',
) {}

/** Notes on orders. They are about the order and no part of it, so that they have versions and events of their own. */
@Injectable()
export class OrderNotesService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly orders: OrdersRepository,
    private readonly notes: OrderNotesRepository,
    private readonly audit: AuditLog,
    private readonly outbox: Outbox,
  ) {}

  /** One page of the notes on an order, oldest first; others than staff get those that are for the customer. @throws OrderNotFoundError */
  async list(orderId: string, reach: OrderReach, request: PageRequest): Promise<Page<OrderNote>> {
    await this.assertReached(orderId, reach);
    return this.notes.findPage(orderId, !reach.isStaff, request);
  }

  /** @throws OrderNoteNotFoundError */
  async get(orderId: string, id: string): Promise<OrderNote> {
    return (await this.notes.find(orderId, id)) ?? raise(new OrderNoteNotFoundError());
  }

  /** @throws OrderNotFoundError */
  add(orderId: string, note: CreateOrderNoteDto, actor: Actor, reach: OrderReach): Promise<OrderNote> {
    return this.transactions.run(async () => {
      await this.assertReached(orderId, reach);
      const id = newId();
      const { text, isForCustomer } = note;
      await this.notes.insert({
        id,
        orderId,
        text,
        isForCustomer: isForCustomer ?? false,
        authorId: responsibleUserId(actor),
      });
      const added = await this.get(orderId, id);
      await this.record('added', added);
      return added;
    });
  }

  /** Members that are absent stay (RFC 7396). @throws OrderNoteNotFoundError, VersionMismatchError */
  update(orderId: string, id: string, change: UpdateOrderNoteDto, expectedVersion?: number): Promise<OrderNote> {
    return this.transactions.run(async () => {
      const note = await this.lock(orderId, id, expectedVersion);
      const { version } = note;
      const changed = await this.notes.save(Object.assign(note, change));
      if (changed.version !== version) await this.record('changed', changed);
      return changed;
    });
  }

  /** @throws OrderNoteNotFoundError, VersionMismatchError */
  async remove(orderId: string, id: string, expectedVersion?: number): Promise<void> {
    await this.transactions.run(async () => {
      const note = await this.lock(orderId, id, expectedVersion);
      await this.notes.delete(id);
      await this.record('removed', { ...note, version: note.version + 1 });
    });
  }

  private async lock(orderId: string, id: string, expectedVersion: number | undefined): Promise<OrderNote> {
    const note = (await this.notes.lock(orderId, id)) ?? raise(new OrderNoteNotFoundError());
    assertVersion(note, expectedVersion);
    return note;
  }

  private async assertReached(orderId: string, reach: OrderReach): Promise<void> {
    if (!(await this.orders.isReached(orderId, reach))) throw new OrderNotFoundError();
  }

  /** The text may name people, so it stays out of the record. */
  private async record(what: 'added' | 'changed' | 'removed', note: OrderNote): Promise<void> {
    const { id, orderId, isForCustomer } = note;
    await this.outbox.add(new OrderNoteEvent(`order_note.${what}`, note));
    await this.audit.record({
      action: `order.note_${what}`,
      target: { type: 'order', id: orderId },
      after: { noteId: id, isForCustomer },
    });
  }
}
