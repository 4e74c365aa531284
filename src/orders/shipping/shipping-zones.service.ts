import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { regionOf } from '../../common/address/country-forms.js';
import { raise } from '../../common/errors/domain.error.js';
import { assertVersion, InvalidRequestError } from '../../common/errors/request.errors.js';
import { newId } from '../../common/ids.js';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { Destination } from '../pricing/purchase.js';
import type { ShippingZone } from './entities/shipping-zone.entity.js';
import type { CreateShippingZoneDto, UpdateShippingZoneDto, ZoneAreaDto } from './shipping-zone.dto.js';
import { ShippingZoneInUseError, ShippingZoneNotFoundError } from './shipping.errors.js';
import { ShippingRepository } from './shipping.repository.js';
import { zoneOf } from './zone-areas.js';

/** Where the shop ships to. */
@Injectable()
export class ShippingZonesService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly shipping: ShippingRepository,
    private readonly audit: AuditLog,
  ) {}

  /** @throws ShippingZoneNotFoundError */
  async get(id: string): Promise<ShippingZone> {
    return (await this.shipping.findZone(id)) ?? raise(new ShippingZoneNotFoundError());
  }

  /** One page of zones, oldest first. */
  list(request: PageRequest): Promise<Page<ShippingZone>> {
    return this.shipping.findZonePage(request);
  }

  /** The zone that an address lies in by now; null when the shop does not ship there. */
  async of(destination: Destination): Promise<string | null> {
    return zoneOf(destination, await this.shipping.findZones())?.id ?? null;
  }

  /** @throws InvalidRequestError for what is no region of its country. */
  create({ name, areas }: CreateShippingZoneDto): Promise<ShippingZone> {
    const id = newId();
    const written = { name, areas: normalised(areas) };
    return this.transactions.run(async () => {
      await this.shipping.insertZone({ id, ...written });
      await this.audit.record({ action: 'shipping_zone.created', target: targetOf(id), after: written });
      return this.get(id);
    });
  }

  /** Orders keep what they were told. @throws ShippingZoneNotFoundError, VersionMismatchError, InvalidRequestError */
  update(id: string, change: UpdateShippingZoneDto, expectedVersion?: number): Promise<ShippingZone> {
    const written = { ...change, ...(change.areas && { areas: normalised(change.areas) }) };
    return this.transactions.run(async () => {
      const zone = await this.lock(id, expectedVersion);
      const { name, areas, version } = zone;
      const changed = await this.shipping.saveZone(Object.assign(zone, written));
      if (changed.version !== version) {
        await this.audit.record({
          action: 'shipping_zone.changed',
          target: targetOf(id),
          before: { name, areas },
          after: { name: changed.name, areas: changed.areas },
        });
      }
      return changed;
    });
  }

  /** @throws ShippingZoneNotFoundError, VersionMismatchError, ShippingZoneInUseError */
  async remove(id: string, expectedVersion?: number): Promise<void> {
    await this.transactions.run(async () => {
      const { name, areas } = await this.lock(id, expectedVersion);
      if (await this.shipping.isZoneUsed(id)) throw new ShippingZoneInUseError();
      await this.shipping.deleteZone(id);
      await this.audit.record({ action: 'shipping_zone.removed', target: targetOf(id), before: { name, areas } });
    });
  }

  private async lock(id: string, expectedVersion: number | undefined): Promise<ShippingZone> {
    const zone = (await this.shipping.lockZone(id)) ?? raise(new ShippingZoneNotFoundError());
    assertVersion(zone, expectedVersion);
    return zone;
  }
}

const targetOf = (id: string): { type: string; id: string } => ({ type: 'shipping_zone', id });

/** Regions as addresses have them. @throws InvalidRequestError */
function normalised(areas: readonly ZoneAreaDto[]): ZoneAreaDto[] {
  return areas.map(({ countryCode, regions, postalCodePrefixes }, area) => ({
    countryCode,
    ...(regions && {
      regions: regions.map(
        (region, index) =>
          regionOf(region.trim(), countryCode) ??
          raise(
            InvalidRequestError.of(`/areas/${area}/regions/${index}`, 'region', `is not a region of ${countryCode}`),
          ),
      ),
    }),
    ...(postalCodePrefixes && { postalCodePrefixes }),
  }));
}
