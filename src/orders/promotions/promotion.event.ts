import { ResourceEvent } from '../../jobs/domain-event.js';
import { describeEvents, type NameIn } from '../../jobs/event-type.js';

/** The events of promotions; their codes have none. */
export const PROMOTION_EVENTS = describeEvents(
  'promotion',
  { promotionId: 'uuid' },
  {
    'promotion.created': 'Staff made a promotion.',
    'promotion.changed': 'A promotion has other conditions, effects, dates or limits, or began or paused.',
    'promotion.archived': 'A promotion ended for good, and its codes are free again.',
  },
);

/** Something that happened to a promotion, at the version it has now. */
export class PromotionEvent extends ResourceEvent<NameIn<typeof PROMOTION_EVENTS>> {
  constructor(type: NameIn<typeof PROMOTION_EVENTS>, promotion: { readonly id: string; readonly version: number }) {
    super(type, 'promotion', 'promotionId', promotion);
  }
}
