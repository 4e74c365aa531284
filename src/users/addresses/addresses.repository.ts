import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Not, type Repository, type UpdateResult } from 'typeorm';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { Pages } from '../../database/pages.js';
import { Address } from './entities/address.entity.js';

/** Address books; every query names the owner. */
@Injectable()
export class AddressesRepository {
  constructor(
    @InjectRepository(Address) private readonly addresses: Repository<Address>,
    private readonly pages: Pages,
  ) {}

  find(id: string, userId: string): Promise<Address | null> {
    return this.addresses.findOneBy({ id, userId });
  }

  /** The newest first; ids are in the order of creation. */
  findPage(userId: string, request: PageRequest): Promise<Page<Address>> {
    return this.pages.of(this.addresses.createQueryBuilder('a').where({ userId }), request, {
      by: ['a.id'],
      isDescending: true,
      context: `addresses ${userId}`,
    });
  }

  /** The newest first. */
  findAll(userId: string): Promise<Address[]> {
    return this.addresses.find({ where: { userId }, order: { id: 'DESC' } });
  }

  count(userId: string): Promise<number> {
    return this.addresses.countBy({ userId });
  }

  save(address: Omit<Address, 'version' | 'createdAt' | 'updatedAt'>): Promise<Address> {
    return this.addresses.save(address as Address);
  }

  /** Takes the marks that `address` is about to get from whichever other address has them. @returns these, as new versions. */
  async takeDefaults({
    id,
    userId,
    ...marks
  }: Pick<Address, 'id' | 'userId' | 'isDefaultShipping' | 'isDefaultBilling'>): Promise<
    { id: string; version: number }[]
  > {
    const changed: { id: string; version: number }[] = [];
    for (const mark of ['isDefaultShipping', 'isDefaultBilling'] as const) {
      if (!marks[mark]) continue;
      const update = this.addresses
        .createQueryBuilder()
        .update()
        .set({ [mark]: false });
      const taken: UpdateResult = await update
        .where({ userId, id: Not(id), [mark]: true })
        .returning('id, version')
        .execute();
      changed.push(...(taken.raw as typeof changed));
    }
    return changed;
  }

  async delete(address: Address): Promise<void> {
    await this.addresses.delete({ id: address.id });
  }

  async deleteAll(userId: string): Promise<void> {
    await this.addresses.delete({ userId });
  }
}
