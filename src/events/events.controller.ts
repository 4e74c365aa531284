import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../common/errors/api-problems.decorator.js';
import { CurrentActor, SignedIn } from '../common/security/access.decorators.js';
import type { Actor } from '../common/security/principal.js';
import { toEventResponse } from './dto/event-response.dto.js';
import { EventListResponseDto, ListEventsDto } from './dto/list-events.dto.js';
import { EventPrunedError } from './events.errors.js';
import { EventsService } from './events.service.js';

@ApiTags('events')
@Controller('events')
export class EventsController {
  constructor(private readonly events: EventsService) {}

  /**
   * Reads the log of events.
   *
   * In the order of the log, and none is left out: keep `nextAfter`, pass it as `after`, and go on for ever. Staff and keys with
   * `events:read` see all events; customers see those of their orders, and of the payments, shipments, returns and invoices of these.
   * Whoever stayed away for longer than events are kept (30 days) learns so by `event.pruned`.
   */
  @Get()
  @SignedIn({ orKeyWith: 'events:read' })
  @ApiProblems(EventPrunedError)
  async findAll(@Query() query: ListEventsDto, @CurrentActor() actor: Actor): Promise<EventListResponseDto> {
    const { events, nextAfter, hasMore } = await this.events.list(query, actor);
    return { data: events.map(toEventResponse), nextAfter, hasMore };
  }
}
