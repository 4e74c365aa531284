import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request as a fake of somebody else's server sees it. */
export interface ReceivedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  /** The fields of a form. */
  readonly form: URLSearchParams;
}

/** A server on a loopback port, for tests. */
export class WebServer {
  private constructor(
    private readonly server: Server,
    readonly origin: string,
  ) {}

  static async start(listener?: (request: IncomingMessage, response: ServerResponse) => void): Promise<WebServer> {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new WebServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  /** Starts with an answer for each request: a status and what is sent as JSON, or a redirect. */
  static answering(
    answer: (request: ReceivedRequest) => Promise<{ status?: number; json?: unknown; location?: string }>,
  ): Promise<WebServer> {
    return WebServer.start((request, response) => {
      void (async () => {
        const url = new URL(request.url!, 'http://fake');
        const form = new URLSearchParams(await text(request));
        const { status, json, location } = await answer({
          method: request.method!,
          url,
          headers: request.headers,
          form,
        });
        response.writeHead(status ?? (location === undefined ? 200 : 302), {
          ...(location === undefined ? {} : { location }),
          'content-type': 'application/json',
        });
        response.end(json === undefined ? '' : JSON.stringify(json));
      })();
    });
  }

  serve(listener: (request: IncomingMessage, response: ServerResponse) => void): void {
    this.server.on('request', listener);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
  }
}
