import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import pg from 'pg';
import { within } from '../../common/within.js';
import { Environment } from '../../config/environment.js';
import { CatalogueCache } from './catalogue-cache.js';

const CHANNEL = 'catalogue';
export const CHANNEL_APPLICATION_NAME = 'storehouse catalogue';
const RECONNECT_MS = 1_000;
/** A connection that a network has silently dropped is found out within these two times together. */
const HEARTBEAT_MS = 5_000;
const HEARTBEAT_PATIENCE_MS = 2_000;

/**
 * Hears of every change of the catalogue, whichever copy made it, over a connection of its own (`LISTEN catalogue`).
 *
 * While the connection is lost the cache is suspended, because changes would go unheard.
 */
@Injectable()
export class CatalogueChannel implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(CatalogueChannel.name);
  private client: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private readonly environment: Environment,
    private readonly cache: CatalogueCache,
    private readonly host: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    // Without HTTP there is nothing to cache. The start does not wait: until the channel is open, answers are read from the database.
    if (this.host.httpAdapter && this.cache.isEnabled) void this.listen();
  }

  async onApplicationShutdown(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.cache.suspend();
    await this.client?.end().catch(() => undefined);
  }

  private async listen(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.environment.DATABASE_URL,
      application_name: CHANNEL_APPLICATION_NAME,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    this.client = client;
    client.on('error', () => this.lose(client));
    client.on('end', () => this.lose(client));
    client.on('notification', () => this.cache.invalidate());
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      if (client !== this.client || this.isClosed) return;
      this.cache.resume();
      this.timer = setTimeout(() => void this.beat(client), HEARTBEAT_MS);
    } catch {
      this.lose(client);
    }
  }

  private async beat(client: pg.Client): Promise<void> {
    try {
      await within(HEARTBEAT_PATIENCE_MS, client.query('SELECT 1'));
      if (client === this.client && !this.isClosed) this.timer = setTimeout(() => void this.beat(client), HEARTBEAT_MS);
    } catch {
      this.lose(client);
    }
  }

  private lose(client: pg.Client): void {
    if (client !== this.client || this.isClosed) return;
    this.client = undefined;
    this.cache.suspend();
    this.logger.warn('The channel of catalogue changes is lost; answers come from the database until it is open again');
    clearTimeout(this.timer);
    client.end().catch(() => undefined);
    this.timer = setTimeout(() => void this.listen(), RECONNECT_MS);
  }
}
