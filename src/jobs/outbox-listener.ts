import { Injectable, Logger } from '@nestjs/common';
import pg from 'pg';
import { Environment } from '../config/environment.js';
import { OUTBOX_CHANNEL } from './outbox.js';

const RECONNECT_MS = 1_000;

/** Hears on a connection of its own that events have been committed. What it misses, the relay's poll finds. */
@Injectable()
export class OutboxListener {
  private readonly logger = new Logger(OutboxListener.name);
  private client: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;
  private isLost = false;

  constructor(private readonly environment: Environment) {}

  /** Calls `wake` for every notification, and after each time the connection was made again. Returns at once. */
  start(wake: () => void): void {
    void this.connect(wake);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.client?.end().catch(() => undefined);
  }

  private async connect(wake: () => void): Promise<void> {
    const client = new pg.Client({
      connectionString: this.environment.DATABASE_URL,
      application_name: 'storehouse-outbox',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    this.client = client;
    let hasEnded = false;
    const reconnect = (error?: Error): void => {
      if (hasEnded) return;
      hasEnded = true;
      client.end().catch(() => undefined);
      if (this.isStopped) return;
      if (!this.isLost)
        this.logger.warn(`Lost the connection that listens for events: ${error?.message ?? 'it was closed'}`);
      this.isLost = true;
      this.timer = setTimeout(() => void this.connect(wake), RECONNECT_MS);
    };
    client.on('error', reconnect);
    client.on('end', () => reconnect());
    client.on('notification', wake);
    try {
      await client.connect();
      await client.query(`LISTEN ${OUTBOX_CHANNEL}`);
      this.isLost = false;
      wake();
    } catch (error) {
      reconnect(error as Error);
    }
  }
}
