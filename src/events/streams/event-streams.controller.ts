import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiHeader, ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { SignedIn } from '../../common/security/access.decorators.js';
import { EventPrunedError } from '../events.errors.js';
import { StreamEventsDto } from './dto/stream-events.dto.js';
import { EventStreams } from './event-streams.service.js';
import { EVENT_STREAM } from './sse-stream.js';
import { TooManyStreamsError } from './streams.errors.js';

const EXAMPLE = `: connected
retry: 2000
id: 1041

id: 1042
event: order.placed
data: {"id":"01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f","type":"order.placed","occurredAt":"2026-01-15T09:30:00.000Z","sequence":1042,"aggregate":{"type":"order","id":"01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e90","version":1},"data":{"orderId":"01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e90","customerId":null},"apiVersion":"v1","requestId":"01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e91"}

: alive
`;

@ApiTags('events')
@Controller('events')
export class EventStreamsController {
  constructor(private readonly streams: EventStreams) {}

  /**
   * Streams events as they happen.
   *
   * Server-sent events: `id:` is the sequence, `event:` the type, `data:` the envelope as in `GET /events`. Who holds events:read sees all;
   * customers see those of their own orders. A comment every 15 s shows that the connection lives. After a cut, send the last `id` as
   * `Last-Event-ID` (or `after`): what was missed comes first, nothing twice. With `types=operation.progress` how far the long
   * operations are that you have started; these have no `id`. An `event: end` says why the server ends the stream: the session ended, the
   * token expired or was revoked, the scope was taken away, or the server stops. Who does not read what is sent is cut off.
   */
  @Get('stream')
  @SignedIn({ orKeyWith: 'events:read' })
  @RouteConfig({ produces: [EVENT_STREAM] })
  @ApiProduces(EVENT_STREAM)
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description:
      'Sequence of the last event that was received; browsers send it by themselves when they connect again.',
    schema: { type: 'string', pattern: '^[0-9]{1,16}$' },
    example: '1042',
  })
  @ApiOkResponse({
    description: 'Events, until either side ends the connection.',
    content: { [EVENT_STREAM]: { schema: { type: 'string', examples: [EXAMPLE] }, example: EXAMPLE } },
  })
  @ApiProblems(EventPrunedError, TooManyStreamsError)
  async stream(
    @Query() query: StreamEventsDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.streams.open(query, request, reply);
  }
}
