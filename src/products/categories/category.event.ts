import type { DomainEvent } from '../../jobs/domain-event.js';
import { describeEvents, type NameIn } from '../../jobs/event-type.js';

/** The events of categories. */
export const CATEGORY_EVENTS = describeEvents(
  'category',
  { categoryId: 'uuid' },
  {
    'category.created': 'A category was added.',
    'category.updated': 'A category has another name or slug.',
    'category.moved': 'A category hangs elsewhere, with all below it.',
    'category.deleted': 'A category was deleted.',
  },
);

/** Something that happened to a category, at the version it has now. */
export class CategoryEvent implements DomainEvent {
  readonly aggregateType = 'category';
  readonly aggregateId: string;
  readonly aggregateVersion: number;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    readonly type: NameIn<typeof CATEGORY_EVENTS>,
    category: { readonly id: string; readonly version: number },
  ) {
    this.aggregateId = category.id;
    this.aggregateVersion = category.version;
    this.data = { categoryId: category.id };
  }
}
