import { ResourceEvent } from '../../jobs/domain-event.js';
import { describeEvents, type NameIn } from '../../jobs/event-type.js';

/** The events of categories. */
export const CATEGORY_EVENTS = describeEvents(
  'category',
  { categoryId: 'uuid' },
  {
    'category.created': 'A category was added.',
    'category.updated': 'A category has another name or slug, or an import has put it elsewhere.',
    'category.moved': 'A category hangs elsewhere, with all below it.',
    'category.deleted': 'A category was deleted.',
  },
);

/** Something that happened to a category, at the version it has now. */
export class CategoryEvent extends ResourceEvent<NameIn<typeof CATEGORY_EVENTS>> {
  constructor(type: NameIn<typeof CATEGORY_EVENTS>, category: { readonly id: string; readonly version: number }) {
    super(type, 'category', 'categoryId', category);
  }
}
