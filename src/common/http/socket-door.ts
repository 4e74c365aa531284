import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Logger, type WebSocketAdapter } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { WebSocket, WebSocketServer } from 'ws';
import { toProblem } from '../errors/problem-details.filter.js';
import { RouteNotFoundError } from '../errors/request.errors.js';
import { refusals } from '../metrics/metrics.js';
import { problemMessage } from './fastify-adapter.js';
import { requestIdOf } from './request-context.js';

/** Decides whether a socket may be opened, and what its gateway is to know of it. @throws DomainError */
export type Admission = (request: IncomingMessage, requestId: string) => Promise<unknown>;

/** What a gateway has instead of a server: the path at which it is reached. */
export class SocketDoor extends EventEmitter {
  /** To be set by the gateway in `afterInit`; without, everybody is let in. */
  admits: Admission = () => Promise.resolve(undefined);

  constructor(
    readonly path: string,
    readonly maxPayload: number,
  ) {
    super();
  }
}

interface DoorOptions {
  path?: string;
  /** Longest message in bytes. */
  maxPayload?: number;
}

/**
 * Opens WebSockets (RFC 6455) for the gateways of Nest, at the port of the API.
 *
 * The library is loaded when the first one is opened: most processes never see any. Whoever is refused is told so by a problem with the
 * status of HTTP, before there is a socket. A gateway gets the socket, the request and what it made of it in `handleConnection`, and reads
 * messages itself: handlers marked `@SubscribeMessage()` would run through the global guards, which know requests of HTTP only.
 */
export class SocketDoors implements WebSocketAdapter<SocketDoor, WebSocket, DoorOptions> {
  private readonly logger = new Logger(SocketDoors.name);
  private readonly doors: SocketDoor[] = [];
  private readonly server: Server;
  private loaded: Promise<WebSocketServer> | undefined;

  constructor(
    app: NestFastifyApplication,
    /** Header fields of every answer. */
    private readonly headers: Readonly<Record<string, string>>,
  ) {
    this.server = app.getHttpServer();
  }

  create(_port: number, { path = '/', maxPayload = 64 * 1024 }: DoorOptions = {}): SocketDoor {
    const door = new SocketDoor(path, maxPayload);
    if (this.doors.push(door) === 1) this.server.on('upgrade', this.upgrade);
    return door;
  }

  bindClientConnect(door: SocketDoor, callback: (...of: unknown[]) => void): void {
    door.on('connection', callback);
  }

  bindClientDisconnect(client: WebSocket, callback: (code: number) => void): void {
    client.on('close', callback);
  }

  bindMessageHandlers(_client: WebSocket, handlers: readonly unknown[]): void {
    if (handlers.length > 0) throw new Error('Gateways read the messages of their sockets themselves');
  }

  close(): void {
    this.server.off('upgrade', this.upgrade);
  }

  async dispose(): Promise<void> {
    this.close();
    (await this.loaded)?.close();
  }

  private readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Whoever hangs up meanwhile is no failure of ours.
    socket.on('error', () => socket.destroy());
    this.open(request, socket, head).catch((error: unknown) => this.refuse(request, socket, error));
  };

  private async open(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const path = request.url?.split('?', 1)[0];
    const door = this.doors.find((one) => one.path === path);
    if (!door) throw new RouteNotFoundError('No socket is opened at this address.');
    const requestId = requestIdOf(request);
    const admission = await door.admits(request, requestId);
    const server = await (this.loaded ??= load());
    server.options.maxPayload = door.maxPayload;
    server.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => undefined);
      door.emit('connection', client, request, admission);
    });
  }

  private refuse(request: IncomingMessage, socket: Duplex, error: unknown): void {
    if (!socket.writable) return void socket.destroy();
    const problem = toProblem(error);
    if (problem.status >= 500) this.logger.error({ msg: 'A socket could not be opened', err: error });
    refusals.add(problem.code);
    const { status, reason, fields, body } = problemMessage(problem, this.headers, request.url);
    const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status} ${reason}\r\n${head.join('')}\r\n${body}`);
  }
}

async function load(): Promise<WebSocketServer> {
  const { WebSocketServer } = await import('ws');
  // Compression would cost each socket some hundred KiB.
  return new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false });
}
