import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { Pages } from '../../database/pages.js';
import { OrderNote } from './order-note.entity.js';

/** Notes on orders that are known to be within reach. */
@Injectable()
export class OrderNotesRepository {
  constructor(
    @InjectRepository(OrderNote) private readonly notes: Repository<OrderNote>,
    private readonly pages: Pages,
  ) {}

  /** Oldest first. @param forCustomer Only those that the customer reads. */
  findPage(orderId: string, forCustomer: boolean, request: PageRequest): Promise<Page<OrderNote>> {
    const query = this.notes.createQueryBuilder('n').where({ orderId });
    if (forCustomer) query.andWhere({ isForCustomer: true });
    return this.pages.of(query, request, { by: ['n.id'], context: `order ${orderId} notes ${forCustomer}` });
  }

  find(orderId: string, id: string): Promise<OrderNote | null> {
    return this.notes.findOneBy({ orderId, id });
  }

  lock(orderId: string, id: string): Promise<OrderNote | null> {
    return this.notes.findOne({ where: { orderId, id }, lock: { mode: 'for_no_key_update' } });
  }

  async insert(note: Pick<OrderNote, 'id' | 'orderId' | 'text' | 'authorId' | 'isForCustomer'>): Promise<void> {
    await this.notes.insert(note);
  }

  save(note: OrderNote): Promise<OrderNote> {
    return this.notes.save(note);
  }

  async delete(id: string): Promise<void> {
    await this.notes.delete({ id });
  }
}
