import { Injectable, Logger } from '@nestjs/common';
import { StandingCredentials } from '../../auth/standing-credentials.service.js';
import { toProblem } from '../../common/errors/problem-details.filter.js';
import { problemBody } from '../../common/errors/problem-details.js';
import { InvalidRequestError, UnparsableBodyError } from '../../common/errors/request.errors.js';
import { refusals } from '../../common/metrics/metrics.js';
import { RequestValidationPipe } from '../../common/validation/validation.pipe.js';
import { typesOf } from '../event-types.js';
import {
  AuthenticateMessageDto,
  MESSAGE_TYPES,
  SubscribeMessageDto,
  UnsubscribeMessageDto,
} from './dto/socket-message.dto.js';
import { AVAILABILITY_CHANGED, EventAudience } from './event-audience.js';
import { EventFeed } from './event-feed.js';
import { refuseUnknown } from './event-streams.service.js';
import { OpenStreams } from './open-streams.service.js';
import { OperationProgress } from './operation-progress.js';
import { RoomReader } from './room-reader.js';
import { SocketChannels, userOf } from './socket-channels.service.js';
import type { SocketStream, Subscription } from './socket-stream.js';
import { OtherCallerError, TooManyChannelsError } from './streams.errors.js';

/** Where sockets are opened. */
export const SOCKET_PATH = '/api/v1/events/socket';
const MOST_CHANNELS = 100;
/** Does what the messages of sockets ask for, and answers each. */
@Injectable()
export class SocketMessages {
  private readonly logger = new Logger(SocketMessages.name);
  private readonly pipe = new RequestValidationPipe();

  constructor(
    private readonly feed: EventFeed,
    private readonly audience: EventAudience,
    private readonly credentials: StandingCredentials,
    private readonly opened: OpenStreams,
    private readonly progress: OperationProgress,
    private readonly channels: SocketChannels,
  ) {}

  /** Never throws: what is wrong with a message is told to who sent it. */
  async handle(stream: SocketStream, text: string): Promise<void> {
    let id: unknown;
    try {
      const message = parse(text);
      ({ id } = message);
      if (!stream.isOpen) return;
      await this.act(stream, message);
    } catch (error) {
      this.refuse(stream, typeof id === 'string' ? id.slice(0, 64) : undefined, error);
    }
  }

  private async act(stream: SocketStream, message: Record<string, unknown>): Promise<void> {
    switch (message.type) {
      case 'authenticate':
        return this.authenticate(stream, await this.read(message, AuthenticateMessageDto));
      case 'subscribe':
        return this.subscribe(stream, await this.read(message, SubscribeMessageDto));
      case 'unsubscribe':
        return this.unsubscribe(stream, await this.read(message, UnsubscribeMessageDto));
      default:
        throw InvalidRequestError.of('/type', 'isIn', `must be ${MESSAGE_TYPES.join(', ')}`);
    }
  }

  private async authenticate(stream: SocketStream, { id, token }: AuthenticateMessageDto): Promise<void> {
    const credential = await this.credentials.recognise(token, stream.address);
    const { caller, endsAt } = credential;
    const before = stream.credential?.caller;
    if (before && (before.kind !== caller.kind || before.id !== caller.id)) throw new OtherCallerError();
    if (!stream.isOpen) return;
    this.opened.claim(stream, credential);
    if (!stream.isAllowedTo(caller.scopes)) return this.opened.end(stream, 'auth.insufficient_scope');
    stream.tell({ type: 'authenticated', id, endsAt });
  }

  private async subscribe(stream: SocketStream, message: SubscribeMessageDto): Promise<void> {
    const { id, channel, types = ['*'], after } = message;
    if (!stream.subscriptions.has(channel) && stream.subscriptions.size >= MOST_CHANNELS)
      throw new TooManyChannelsError();
    refuseUnknown('/types', types);
    if (channel === 'operations') {
      const end = this.progress.listen(userOf(stream).id, stream);
      this.replace(stream, channel, { needs: null, end });
      return stream.tell({ type: 'subscribed', id, channel });
    }
    const { room, needs } = await this.channels.enter(stream, channel, message.orderToken);
    if (after !== undefined) await this.audience.refusePruned(after);
    if (!stream.isOpen) return;
    const wanted = room.startsWith('stock:') ? [AVAILABILITY_CHANGED] : typesOf(types);
    const reader = new RoomReader(this.feed, room, wanted, stream.sinkOf(channel));
    this.replace(stream, channel, { reader, needs, end: () => reader.end() });
    const sequence = await reader.begin(after).catch((error: unknown) => {
      this.leave(stream, channel);
      throw error;
    });
    stream.tell({ type: 'subscribed', id, channel, sequence });
    void reader.catchUp();
  }

  private unsubscribe(stream: SocketStream, { id, channel }: UnsubscribeMessageDto): void {
    this.leave(stream, channel);
    stream.tell({ type: 'unsubscribed', id, channel });
  }

  private leave({ subscriptions }: SocketStream, channel: string): void {
    subscriptions.get(channel)?.end();
    subscriptions.delete(channel);
  }

  private replace(stream: SocketStream, channel: string, subscription: Subscription): void {
    stream.subscriptions.get(channel)?.end();
    stream.subscriptions.set(channel, subscription);
  }

  private async read<T>(message: object, metatype: new () => T): Promise<T> {
    return (await this.pipe.transform(message, { type: 'body', metatype })) as T;
  }

  private refuse(stream: SocketStream, id: string | undefined, error: unknown): void {
    const problem = toProblem(error);
    if (problem.status >= 500)
      this.logger.error({ msg: 'A message of a socket failed', err: error, requestId: stream.requestId });
    else refusals.add(problem.code);
    stream.tell({ type: 'error', id, problem: problemBody(problem, SOCKET_PATH, stream.requestId) });
  }
}

/** @throws UnparsableBodyError, InvalidRequestError */
function parse(text: string): Record<string, unknown> {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    throw new UnparsableBodyError('A message is a text of JSON.');
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    throw InvalidRequestError.of('', 'object', 'must be a JSON object');
  return message as Record<string, unknown>;
}
