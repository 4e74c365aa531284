import type { NameIn } from '../../../jobs/event-type.js';
import type { PRODUCT_EVENTS } from '../../events/product.event.js';

/**
 * Tells of products whose id and version are `changed`, in the statement that changes them: half a million lines are told in no round trip
 * of theirs.
 */
export const tellOf = (type: NameIn<typeof PRODUCT_EVENTS>): string => `
  INSERT INTO outbox_events (id, type, aggregate_type, aggregate_id, aggregate_version, data, occurred_at)
  SELECT event_id(), '${type}', 'product', id, version, jsonb_build_object('productId', id), now() FROM changed`;
