import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { raise } from '../../common/errors/domain.error.js';
import { assertVersion, InvalidRequestError } from '../../common/errors/request.errors.js';
import { newId } from '../../common/ids.js';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { FOREIGN_KEY_VIOLATION, violatedConstraint } from '../../database/postgres-errors.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import type { ShippingMethod, ShippingMethodStatus } from './entities/shipping-method.entity.js';
import { pricingOf } from './pricings/pricing-list.js';
import type { CreateShippingMethodDto, UpdateShippingMethodDto } from './shipping-method.dto.js';
import { ShippingMethodEvent } from './shipping-method.event.js';
import { ShippingMethodNotFoundError, ShippingMethodPlaceError } from './shipping.errors.js';
import { ShippingRepository } from './shipping.repository.js';

/** How the shop ships. */
@Injectable()
export class ShippingMethodsService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly shipping: ShippingRepository,
    private readonly audit: AuditLog,
    private readonly outbox: Outbox,
  ) {}

  /** @param status Found only with this status, where given. @throws ShippingMethodNotFoundError */
  async get(id: string, status?: ShippingMethodStatus): Promise<ShippingMethod> {
    const method = await this.shipping.findMethod(id);
    if (!method || (status && method.status !== status)) throw new ShippingMethodNotFoundError();
    return method;
  }

  /** One page of methods, in the order in which they are offered. */
  list(status: ShippingMethodStatus | undefined, request: PageRequest): Promise<Page<ShippingMethod>> {
    return this.shipping.findMethodPage(status, request);
  }

  /** @throws ShippingMethodCodeTakenError, ShippingMethodPlaceError, InvalidRequestError */
  create(dto: CreateShippingMethodDto): Promise<ShippingMethod> {
    const id = newId();
    return this.transactions.run(async () => {
      await this.assertPlaces(dto);
      await this.shipping.insertMethod({ id, ...dto });
      const created = await this.get(id);
      await this.outbox.add(new ShippingMethodEvent('shipping_method.created', created));
      await this.audit.record({ action: 'shipping_method.created', target: targetOf(id), after: stateOf(created) });
      return created;
    });
  }

  /**
   * Changes a method, from the next purchase on that is priced; orders keep what they were told.
   *
   * @throws ShippingMethodNotFoundError, ShippingMethodCodeTakenError, ShippingMethodPlaceError, VersionMismatchError, InvalidRequestError
   */
  update(id: string, change: UpdateShippingMethodDto, expectedVersion?: number): Promise<ShippingMethod> {
    return this.transactions.run(async () => {
      const method = await this.lock(id, expectedVersion);
      const before = stateOf(method);
      const { version } = method;
      // Plain objects, so that what is as before counts as unchanged.
      Object.assign(method, structuredClone({ ...change }));
      await this.assertPlaces(method);
      const changed = await this.shipping.saveMethod(method);
      if (changed.version !== version) {
        await this.outbox.add(new ShippingMethodEvent('shipping_method.changed', changed));
        await this.audit.record({
          action: 'shipping_method.changed',
          target: targetOf(id),
          before,
          after: stateOf(changed),
        });
      }
      return changed;
    });
  }

  /**
   * Deletes a method, and takes it out of the carts that have chosen it; one that orders refer to is archived instead.
   *
   * @throws ShippingMethodNotFoundError, VersionMismatchError
   */
  async remove(id: string, expectedVersion?: number): Promise<void> {
    try {
      await this.transactions.run(async () => {
        const method = await this.lock(id, expectedVersion);
        const before = stateOf(method);
        await this.shipping.deleteMethod(id);
        const removed = { id, version: method.version + 1 };
        await this.outbox.add(new ShippingMethodEvent('shipping_method.removed', removed));
        await this.audit.record({ action: 'shipping_method.removed', target: targetOf(id), before });
      });
    } catch (error) {
      if (violatedConstraint(error, FOREIGN_KEY_VIOLATION) === undefined) throw error;
      await this.update(id, { status: 'archived' }, expectedVersion);
    }
  }

  private async lock(id: string, expectedVersion: number | undefined): Promise<ShippingMethod> {
    const method = (await this.shipping.lockMethod(id)) ?? raise(new ShippingMethodNotFoundError());
    assertVersion(method, expectedVersion);
    return method;
  }

  /** @throws ShippingMethodPlaceError, InvalidRequestError */
  private async assertPlaces({
    pricing,
    zoneIds = [],
    locationId = null,
    ...method
  }: CreateShippingMethodDto): Promise<void> {
    const { isPickup } = pricingOf(pricing);
    if (isPickup && locationId === null) throw new ShippingMethodPlaceError('/locationId', 'is required for a pickup');
    if (!isPickup && locationId !== null) throw new ShippingMethodPlaceError('/locationId', 'is for pickups only');
    if (!isPickup && zoneIds.length === 0) throw new ShippingMethodPlaceError('/zoneIds', 'must name a zone');
    const distinct = new Set(zoneIds.map((id) => id.toLowerCase()));
    if (distinct.size > 0 && (await this.shipping.keepZones([...distinct])) < distinct.size)
      throw new ShippingMethodPlaceError('/zoneIds', 'must name zones that there are');
    const { estimatedDaysMin, estimatedDaysMax, minWeightGrams, maxWeightGrams } = method;
    assertRange('/estimatedDaysMax', estimatedDaysMin, estimatedDaysMax);
    assertRange('/maxWeightGrams', minWeightGrams, maxWeightGrams);
  }
}

/** @throws InvalidRequestError when the most is below the least. */
function assertRange(pointer: string, least: number | null | undefined, most: number | null | undefined): void {
  if (least != null && most != null && most < least)
    throw InvalidRequestError.of(pointer, 'min', 'must not be below the least');
}

const targetOf = (id: string): { type: string; id: string } => ({ type: 'shipping_method', id });

/** A copy of what staff have said. */
function stateOf({ version: _, createdAt: __, updatedAt: ___, id: ____, ...state }: ShippingMethod) {
  return structuredClone(state);
}
