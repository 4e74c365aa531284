import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Not, type Repository } from 'typeorm';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { Pages } from '../../database/pages.js';
import { Consent, type ConsentPurpose } from './entities/consent.entity.js';

/** What people have agreed to. */
@Injectable()
export class ConsentsRepository {
  constructor(
    @InjectRepository(Consent) private readonly consents: Repository<Consent>,
    private readonly pages: Pages,
  ) {}

  /** Adds the next row of a user. The caller holds the lock of the user, so that positions have no gaps. */
  async append(consent: Omit<Consent, 'position' | 'at'>): Promise<Consent> {
    const { userId } = consent;
    const position = ((await this.consents.maximum('position', { userId })) ?? 0) + 1;
    const row = this.consents.create({ ...consent, position, at: new Date() });
    await this.consents.insert(row);
    return row;
  }

  findCurrent(userId: string, purpose: ConsentPurpose): Promise<Consent | null> {
    return this.consents.findOne({ where: { userId, purpose }, order: { position: 'DESC' } });
  }

  /** The newest of each purpose. */
  findAllCurrent(userId: string): Promise<Consent[]> {
    return this.consents
      .createQueryBuilder('c')
      .distinctOn(['c.purpose'])
      .where({ userId })
      .orderBy({ 'c.purpose': 'ASC', 'c.position': 'DESC' })
      .getMany();
  }

  /** Newest first. */
  findPage(userId: string, request: PageRequest): Promise<Page<Consent>> {
    return this.pages.of(this.consents.createQueryBuilder('c').where({ userId }), request, {
      by: ['c.position'],
      isDescending: true,
      context: `consents ${userId}`,
    });
  }

  /** Everything a user has said, newest first, `limit` rows at a time. */
  async *listAll(userId: string, limit = 500): AsyncIterable<Omit<Consent, 'userId'>> {
    let cursor: string | undefined;
    do {
      const { data, nextCursor } = await this.findPage(userId, { limit, cursor });
      for (const { userId: _, ...said } of data) yield said;
      cursor = nextCursor ?? undefined;
    } while (cursor);
  }

  /** Forgets where from; what was said stays, as proof. */
  async forgetAddresses(userId: string): Promise<void> {
    await this.consents.update({ userId, address: Not(IsNull()) }, { address: null });
  }
}
