import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { WebServer } from '../support/fakes/web-server.js';

/**
 * What goes wrong between us and another company: requests do not arrive; they are acted upon and never answered; they are answered that it
 * cannot now; they are acted upon and answered with what makes no sense.
 */
export const FAULTS = ['down', 'silent', 'failing', 'garbled'] as const;
export type Fault = (typeof FAULTS)[number];

/** A request as the company sees it. */
export interface StandInRequest {
  readonly method: string;
  /** The parts of the path: `/charges/abc` is `['charges', 'abc']`. */
  readonly path: readonly string[];
  readonly headers: IncomingMessage['headers'];
  /** What was sent as JSON. */
  readonly body: any; // eslint-disable-line @typescript-eslint/no-explicit-any
}

/** The API of another company on a loopback port, for tests of what talks to it. */
export class StandIn {
  fault: Fault | null = null;

  private constructor(private readonly server: WebServer) {}

  /** @param answer A status, 200 by default, and what is sent as JSON. */
  static async start(answer: (request: StandInRequest) => { status?: number; json?: unknown }): Promise<StandIn> {
    const standIn = new StandIn(await WebServer.start());
    standIn.server.serve((request, response) => void standIn.serve(request, response, answer));
    return standIn;
  }

  get origin(): string {
    return this.server.origin;
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  private async serve(
    request: IncomingMessage,
    response: ServerResponse,
    answer: (request: StandInRequest) => { status?: number; json?: unknown },
  ): Promise<void> {
    const { method, url, headers } = request;
    const body = await text(request);
    if (this.fault === 'down') return void request.socket.destroy();
    if (this.fault === 'failing') return void response.writeHead(503).end('<h1>Come back later</h1>');
    const path = new URL(url!, this.origin).pathname.split('/').slice(1).map(decodeURIComponent);
    const { status = 200, json } = answer({
      method: method!,
      path,
      headers,
      body: body === '' ? undefined : JSON.parse(body),
    });
    if (this.fault === 'silent') return;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(this.fault === 'garbled' ? '{"hello": "there"}' : JSON.stringify(json ?? null));
  }
}
