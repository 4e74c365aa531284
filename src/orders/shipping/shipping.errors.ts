import { conflict, notFound, rejected, taken } from '../../common/errors/domain.error.js';
import type { Reason } from '../pricing/purchase.js';

export class ShippingZoneNotFoundError extends notFound(
  'shipping.zone_not_found',
  'No such shipping zone',
  'There is no shipping zone with this id.',
) {}

/** Methods go to the zone; take it out of them first. */
export class ShippingZoneInUseError extends conflict(
  'shipping.zone_in_use',
  'The shipping zone is in use',
  'Shipping methods go to this zone; take it out of them first.',
) {}

export class ShippingMethodNotFoundError extends notFound(
  'shipping.method_not_found',
  'No such shipping method',
  'There is no shipping method with this id.',
) {}

export class ShippingMethodCodeTakenError extends taken(
  'shipping.method_code_taken',
  'The code is taken',
  'There is already a shipping method with this code.',
  '/code',
  'is the code of another method',
) {}

/** A method names a zone or a location that there is not, or has none where it needs one. */
export class ShippingMethodPlaceError extends rejected('shipping.method_place', 'The method goes nowhere') {
  constructor(pointer: '/zoneIds' | '/locationId', message: string) {
    super(`${pointer.slice(1)} ${message}.`);
    this.errors = [{ pointer, code: 'place', message }];
  }

  override readonly errors;
}

/** The method that was chosen is not offered for this purchase, or none is; the sentence says why. */
export class ShippingMethodUnavailableError extends rejected(
  'order.shipping_method_unavailable',
  'The shipping method is not offered',
  'The shipping method that was chosen is not offered for this; choose another one.',
) {}

/** The shop ships to this address, and nobody has said how. */
export class ShippingMethodRequiredError extends rejected(
  'order.shipping_method_required',
  'A shipping method is required',
) {}

/** No shipping method goes to this address. */
export class NotShippableError extends rejected('order.not_shippable', 'The shop does not ship there') {}

/** The address is in another shipping zone than the one that shipping was priced for. */
export class ShippingZoneDiffersError extends rejected(
  'order.shipping_zone_differs',
  'Shipping costs something else there',
  'Shipping of this order was priced for another zone than this address lies in.',
  { pointer: '/shippingAddress', code: 'zone', message: 'lies in another shipping zone' },
) {}

/** What an order may be refused with because of how it is shipped. */
export const SHIPPING_REFUSALS = [
  ShippingMethodUnavailableError,
  ShippingMethodRequiredError,
  NotShippableError,
] as const;

/** What refuses an order with this problem of shipping. */
export function shippingErrorOf({ code, message }: Reason): Error {
  const Problem = SHIPPING_REFUSALS.find((one) => one.code === code)!;
  return new Problem(message);
}
