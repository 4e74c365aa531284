import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { MetricsService } from './metrics.service.js';

/** Serves `/metrics`, and nothing else, on METRICS_PORT, in every role. */
@Injectable()
export class MetricsServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(MetricsServer.name);
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));

  constructor(
    private readonly metrics: MetricsService,
    private readonly environment: Environment,
  ) {}

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** @throws Error when the port is taken. */
  async onApplicationBootstrap(): Promise<void> {
    this.server.listen(this.environment.METRICS_PORT, this.environment.HOST);
    await once(this.server, 'listening');
  }

  onApplicationShutdown(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.split('?', 1)[0] !== '/metrics') return void response.writeHead(404).end();
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return void response.writeHead(405, { allow: 'GET, HEAD' }).end();
    if (!this.metrics.admits(request.headers.authorization))
      return void response.writeHead(401, { 'www-authenticate': 'Bearer realm="storehouse"' }).end();
    try {
      const { type, text } = await this.metrics.read();
      response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
    } catch (error) {
      this.logger.error(`Metrics cannot be read: ${String(error)}`);
      response.writeHead(500).end();
    }
  }
}
