import { Injectable } from '@nestjs/common';
import { type Actor, hasScope } from '../common/security/principal.js';
import { CUSTOMER_EVENTS, OrderEventAudience } from '../orders/events/order-event-audience.service.js';
import type { ListEventsDto } from './dto/list-events.dto.js';
import { EventLogRepository, type EventPage } from './event-log.repository.js';
import { EVENT_TYPES, typesOf } from './event-types.js';
import { EventPrunedError } from './events.errors.js';

/** The log of events, for whoever may read how much of it. */
@Injectable()
export class EventsService {
  constructor(
    private readonly log: EventLogRepository,
    private readonly audience: OrderEventAudience,
  ) {}

  /**
   * What comes next in the log for this reader.
   *
   * @throws EventPrunedError when something after `after` has been deleted, whether the filters ask for it or not.
   */
  async list(query: ListEventsDto, reader: Actor): Promise<EventPage> {
    const { after, types = ['*'], aggregateType, aggregateId, occurredAt, limit } = query;
    const seesAll = hasScope(reader, 'events:read');
    const own = seesAll || reader.kind !== 'user' ? null : await this.audience.aggregatesOf(reader.id);
    const wanted = aggregateId === undefined ? null : [aggregateId.toLowerCase()];
    const page = await this.log.findPage(
      {
        after,
        types: typesOf(types).filter(
          (type) =>
            (seesAll || CUSTOMER_EVENTS.includes(type)) &&
            (aggregateType === undefined ||
              EVENT_TYPES.some((one) => one.type === type && one.aggregateType === aggregateType)),
        ),
        aggregateIds: own === null ? wanted : (wanted ?? own).filter((id) => own.includes(id)),
        occurredAt,
      },
      limit,
    );
    if (after !== undefined && after < page.prunedSequence) throw new EventPrunedError(page.prunedSequence);
    return page;
  }
}
