import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, type Repository } from 'typeorm';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { Pages } from '../../database/pages.js';
import { onViolation } from '../../database/postgres-errors.js';
import { ShippingMethod, type ShippingMethodStatus } from './entities/shipping-method.entity.js';
import { ShippingZone } from './entities/shipping-zone.entity.js';
import { ShippingMethodCodeTakenError, ShippingMethodPlaceError } from './shipping.errors.js';

const MEANINGS = {
  shipping_methods_code_key: () => new ShippingMethodCodeTakenError(),
  shipping_methods_location_id_fkey: () => new ShippingMethodPlaceError('/locationId', 'is no location'),
};

/** Shipping zones, and the methods that go there. */
@Injectable()
export class ShippingRepository {
  constructor(
    @InjectRepository(ShippingZone) private readonly zones: Repository<ShippingZone>,
    @InjectRepository(ShippingMethod) private readonly methods: Repository<ShippingMethod>,
    private readonly pages: Pages,
  ) {}

  findZone(id: string): Promise<ShippingZone | null> {
    return this.zones.findOneBy({ id });
  }

  findZones(): Promise<ShippingZone[]> {
    return this.zones.find();
  }

  /** Waits for whoever makes a method go there at this moment. */
  lockZone(id: string): Promise<ShippingZone | null> {
    return this.zones.findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  /** Keeps zones from being deleted until the transaction ends. @returns how many of them there are. */
  async keepZones(ids: readonly string[]): Promise<number> {
    const zones = await this.zones.find({
      where: { id: In([...ids]) },
      order: { id: 'ASC' },
      lock: { mode: 'for_key_share' },
    });
    return zones.length;
  }

  /** Oldest first. */
  findZonePage(request: PageRequest): Promise<Page<ShippingZone>> {
    return this.pages.of(this.zones.createQueryBuilder('z'), request, { by: ['z.id'], context: 'shipping-zones' });
  }

  async insertZone(zone: Pick<ShippingZone, 'id' | 'name' | 'areas'>): Promise<void> {
    await this.zones.insert(zone);
  }

  saveZone(zone: ShippingZone): Promise<ShippingZone> {
    return this.zones.save(zone);
  }

  async deleteZone(id: string): Promise<void> {
    await this.zones.delete({ id });
  }

  /** Whether a method goes to a zone. One that is archived cannot be offered again without naming zones that there are. */
  isZoneUsed(id: string): Promise<boolean> {
    return this.methods
      .createQueryBuilder('m')
      .where(`:id = ANY (m.zoneIds) AND m.status <> 'archived'`, { id })
      .getExists();
  }

  findMethod(id: string): Promise<ShippingMethod | null> {
    return this.methods.findOneBy({ id });
  }

  lockMethod(id: string): Promise<ShippingMethod | null> {
    return this.methods.findOne({ where: { id }, lock: { mode: 'for_no_key_update' } });
  }

  /** By place and code. @param status Of any status unless given. */
  findMethodPage(status: ShippingMethodStatus | undefined, request: PageRequest): Promise<Page<ShippingMethod>> {
    const query = this.methods.createQueryBuilder('m').where(status ? { status } : {});
    const context = `shipping-methods ${status ?? 'all'}`;
    return this.pages.of(query, request, { by: ['m.position', 'm.code', 'm.id'], context });
  }

  /** @throws ShippingMethodCodeTakenError, ShippingMethodPlaceError */
  async insertMethod(method: Partial<ShippingMethod>): Promise<void> {
    await onViolation(this.methods.insert(method as ShippingMethod), MEANINGS);
  }

  /** @throws ShippingMethodCodeTakenError, ShippingMethodPlaceError */
  saveMethod(method: ShippingMethod): Promise<ShippingMethod> {
    return onViolation(this.methods.save(method), MEANINGS);
  }

  async deleteMethod(id: string): Promise<void> {
    await this.methods.delete({ id });
  }
}
