import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { StandingCredentials } from '../../auth/standing-credentials.service.js';
import { AuthenticationRequiredError, InvalidRequestError } from '../../common/errors/request.errors.js';
import { hasScope } from '../../common/security/principal.js';
import { typesOf, unknownFilters } from '../event-types.js';
import type { StreamEventsDto } from './dto/stream-events.dto.js';
import { EventAudience, type Room } from './event-audience.js';
import { EventFeed } from './event-feed.js';
import { OpenStreams } from './open-streams.service.js';
import { OPERATION_PROGRESS, OperationProgress } from './operation-progress.js';
import { EVENT_STREAM, SseStream } from './sse-stream.js';

const BEARER = /^bearer +/i;
const PROGRESS_FILTERS = new Set([OPERATION_PROGRESS, 'operation.*']);

/** Opens streams of server-sent events. */
@Injectable()
export class EventStreams {
  constructor(
    private readonly feed: EventFeed,
    private readonly audience: EventAudience,
    private readonly credentials: StandingCredentials,
    private readonly opened: OpenStreams,
    private readonly progress: OperationProgress,
  ) {}

  /**
   * Answers a request with a stream that stays open; resolves once it is open.
   *
   * @throws InvalidRequestError for unknown types; EventPrunedError; TooManyStreamsError
   */
  async open({ types = ['*'], after }: StreamEventsDto, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const start = lastEventId(request) ?? after;
    const ofLog = types.filter((type) => !PROGRESS_FILTERS.has(type));
    refuseUnknown('?types', ofLog);
    const { authorization } = request.headers;
    if (authorization === undefined) throw new AuthenticationRequiredError();
    const credential = await this.credentials.recognise(authorization.replace(BEARER, ''), request.ip);
    const { caller } = credential;
    if (start !== undefined) await this.audience.refusePruned(start);
    this.opened.refuseBeyondLimits(credential, request.ip);
    if (request.method === 'HEAD') {
      await reply.type(EVENT_STREAM).send(Readable.from([]));
      return;
    }
    const room: Room = hasScope(caller, 'events:read') ? 'events' : `user:${caller.id}`;
    const stream = new SseStream(request, reply, credential, this.feed, room, typesOf(ofLog));
    const wantsProgress = ofLog.length < types.length && caller.kind === 'user';
    const stopProgress = wantsProgress ? this.progress.listen(caller.id, stream) : undefined;
    this.opened.add(stream);
    await stream.open(start, () => {
      stopProgress?.();
      this.opened.remove(stream);
    });
  }
}

/** @throws InvalidRequestError when a filter means no type there is. */
export function refuseUnknown(pointer: string, filters: readonly string[]): void {
  const unknown = unknownFilters(filters);
  if (unknown.length > 0)
    throw InvalidRequestError.of(pointer, 'unknown', `there are no events of type ${unknown.join(', ')}`);
}

/** @throws InvalidRequestError when it is no sequence. */
function lastEventId({ headers }: FastifyRequest): number | undefined {
  const text = headers['last-event-id'];
  if (text === undefined || text === '') return undefined;
  const sequence = /^\d{1,16}$/.test(String(text)) ? Number(text) : NaN;
  if (!Number.isSafeInteger(sequence))
    throw InvalidRequestError.of('Last-Event-ID', 'sequence', 'must be the sequence of an event');
  return sequence;
}
