import { ResourceEvent } from '../../jobs/domain-event.js';
import { describeEvents, type NameIn } from '../../jobs/event-type.js';

/** The events of customer groups; who is in them has none. */
export const CUSTOMER_GROUP_EVENTS = describeEvents(
  'customer_group',
  { customerGroupId: 'uuid' },
  {
    'customer_group.created': 'Staff made a customer group.',
    'customer_group.changed': 'A customer group has another code or name.',
    'customer_group.removed': 'A customer group was removed; its members stay users.',
  },
);

/** Something that happened to a customer group, at the version it has now. */
export class CustomerGroupEvent extends ResourceEvent<NameIn<typeof CUSTOMER_GROUP_EVENTS>> {
  constructor(type: NameIn<typeof CUSTOMER_GROUP_EVENTS>, group: { readonly id: string; readonly version: number }) {
    super(type, 'customer_group', 'customerGroupId', group);
  }
}
