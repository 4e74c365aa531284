import type { IncomingMessage } from 'node:http';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { type OnGatewayConnection, type OnGatewayInit, WebSocketGateway } from '@nestjs/websockets';
import type { Logger as PinoLogger } from 'pino';
import type { RawData, WebSocket } from 'ws';
import { type StandingCredential, StandingCredentials } from '../../auth/standing-credentials.service.js';
import {
  AuthenticationRequiredError,
  InvalidRequestError,
  RateLimitedError,
} from '../../common/errors/request.errors.js';
import { addressReader } from '../../common/http/client-address.js';
import { logRequest } from '../../common/http/request-log.js';
import type { SocketDoor } from '../../common/http/socket-door.js';
import { READ_POLICY } from '../../common/rate-limit/rate-limit.decorator.js';
import { addressSubject } from '../../common/rate-limit/rate-limit.guard.js';
import { RateLimiter } from '../../common/rate-limit/rate-limiter.js';
import { Environment } from '../../config/environment.js';
import { OpenStreams } from './open-streams.service.js';
import { SOCKET_PATH, SocketMessages } from './socket-messages.service.js';
import { SocketStream } from './socket-stream.js';
import { OriginNotAllowedError } from './streams.errors.js';

const LONGEST_MESSAGE_BYTES = 16 * 1024;
/** How long a socket may be nobody's and listen to nothing. */
const FIRST_MESSAGE_MS = 10_000;
const BEARER = /^bearer +(\S+)$/i;

/** What is known of a socket before it is opened. */
interface Opening {
  readonly requestId: string;
  readonly address: string;
  readonly credential: StandingCredential | null;
}

/** Events over WebSockets: who may open one, and what its messages come to. */
@WebSocketGateway({ path: SOCKET_PATH, maxPayload: LONGEST_MESSAGE_BYTES })
export class EventsGateway implements OnGatewayInit<SocketDoor>, OnGatewayConnection<WebSocket> {
  private readonly addressOf: (request: IncomingMessage) => string;
  private readonly origins: ReadonlySet<string>;

  constructor(
    private readonly credentials: StandingCredentials,
    private readonly opened: OpenStreams,
    private readonly messages: SocketMessages,
    private readonly limiter: RateLimiter,
    private readonly http: HttpAdapterHost<FastifyAdapter>,
    environment: Environment,
  ) {
    this.addressOf = addressReader(environment.TRUST_PROXY);
    this.origins = new Set([new URL(environment.PUBLIC_URL).origin, ...environment.CORS_ORIGINS]);
  }

  afterInit(door: SocketDoor): void {
    door.admits = (request, requestId) => this.admit(request, requestId);
  }

  handleConnection(client: WebSocket, request?: IncomingMessage, opening?: Opening): void {
    const { requestId, address, credential } = opening!;
    const stream = new SocketStream(client, request!, requestId, address, credential);
    try {
      this.opened.add(stream);
    } catch {
      // Others were faster since it was admitted.
      return stream.end('request.rate_limited');
    }
    const patience = setTimeout(() => {
      if (stream.credential === null && stream.subscriptions.size === 0) this.opened.end(stream, 'auth.required');
    }, FIRST_MESSAGE_MS);
    const openedAt = performance.now();
    client.once('close', () => {
      clearTimeout(patience);
      this.opened.remove(stream);
      this.log(stream, request!, performance.now() - openedAt);
    });
    // One after the other, so that answers come in the order of what was asked.
    let last = Promise.resolve();
    client.on('message', (data: RawData, isBinary: boolean) => {
      if (!stream.isOpen) return;
      if (!stream.admitsMessage(Date.now())) return this.opened.end(stream, 'request.rate_limited');
      const text = isBinary ? '' : (data as Buffer).toString('utf8');
      last = last.then(() => this.messages.handle(stream, text));
    });
    stream.tell({ type: 'connected', authenticated: credential !== null });
  }

  /** @throws InvalidRequestError, OriginNotAllowedError, RateLimitedError, TooManyStreamsError; as the guard does for a bad token */
  private async admit(request: IncomingMessage, requestId: string): Promise<Opening> {
    const { origin, authorization } = request.headers;
    const address = this.addressOf(request);
    // A token in an address would end up in the logs of everything on the way.
    const query = request.url!.split('?')[1];
    if (query) throw InvalidRequestError.of(`?${query.split(/[=&]/, 1)[0]}`, 'unknown', 'is not known here');
    if (origin !== undefined && !this.origins.has(origin)) throw new OriginNotAllowedError();
    const { isExceeded, resetSeconds } = this.limiter.takeLocally(READ_POLICY, addressSubject(address));
    if (isExceeded) throw new RateLimitedError(READ_POLICY.name, resetSeconds);
    let credential: StandingCredential | null = null;
    if (authorization !== undefined) {
      const token = BEARER.exec(authorization)?.[1];
      if (token === undefined) throw new AuthenticationRequiredError('Only bearer tokens are accepted.');
      credential = await this.credentials.recognise(token, address);
    }
    this.opened.refuseBeyondLimits(credential, address);
    return { requestId, address, credential };
  }

  private log({ requestId, address, credential }: SocketStream, { url }: IncomingMessage, ms: number): void {
    logRequest(this.http.httpAdapter.getInstance().log as PinoLogger, url!, () => {
      return { requestId, method: 'GET', status: 101, ms, principal: credential?.caller, address };
    });
  }
}
