import { ResourceEvent } from '../../jobs/domain-event.js';
import { describeEvents, type NameIn } from '../../jobs/event-type.js';

/** The events of shipping methods. */
export const SHIPPING_METHOD_EVENTS = describeEvents(
  'shipping_method',
  { shippingMethodId: 'uuid' },
  {
    'shipping_method.created': 'Staff added a shipping method.',
    'shipping_method.changed': 'A shipping method has another price, place or anything else, or was archived.',
    'shipping_method.removed': 'A shipping method that no order refers to was removed.',
  },
);

/** Something that happened to a shipping method, at the version it has now. */
export class ShippingMethodEvent extends ResourceEvent<NameIn<typeof SHIPPING_METHOD_EVENTS>> {
  constructor(type: NameIn<typeof SHIPPING_METHOD_EVENTS>, method: { readonly id: string; readonly version: number }) {
    super(type, 'shipping_method', 'shippingMethodId', method);
  }
}
