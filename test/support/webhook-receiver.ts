import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import type { WebhookMessageDto } from '../../src/events/webhooks/webhook-message.js';

/** What a receiver got. */
export interface ReceivedWebhook {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly message: WebhookMessageDto;
}

type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

/** Somebody else's server on a loopback port; takes everything until it is told otherwise. */
export class WebhookReceiver {
  readonly received: ReceivedWebhook[] = [];
  /** The most connections there were at a time. */
  mostConnections = 0;
  private behaviour: Behaviour = (_, response) => void response.writeHead(204).end();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<WebhookReceiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const receiver = new WebhookReceiver(
      server,
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks?key=x`,
    );
    server.on('request', (request, response) => void receiver.take(request, response));
    server.on('connection', () =>
      server.getConnections((_, count) => (receiver.mostConnections = Math.max(receiver.mostConnections, count))),
    );
    return receiver;
  }

  behaves(behaviour: Behaviour): void {
    this.behaviour = behaviour;
  }

  answers(status: number, headers: Record<string, string> = {}, body = ''): void {
    this.behaviour = (_, response) => void response.writeHead(status, headers).end(body);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const { headers } = request;
    this.received.push({
      id: String(headers['webhook-id']),
      headers,
      body,
      message: JSON.parse(body) as WebhookMessageDto,
    });
    this.behaviour(request, response);
  }
}

/** Believes a webhook as receivers do, by the package that Standard Webhooks publishes. @throws when it is not signed with the secret. */
export const verified = (secret: string, { body, headers }: ReceivedWebhook): unknown =>
  new Webhook(secret).verify(body, headers as Record<string, string>);
