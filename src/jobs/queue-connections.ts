import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type ConnectionKind, connectToRedis, type RedisConnection } from '../common/redis/redis-connection.js';
import { Environment } from '../config/environment.js';

/** What Bull wants a connection for: commands, what queues announce, or waiting for the next job of one queue. */
export type QueueConnectionKind = 'client' | 'subscriber' | 'bclient';

/** The connections of all queues of a process: they share one for commands and one for announcements, and each waits on its own. */
@Injectable()
export class QueueConnections implements OnApplicationShutdown {
  private readonly shared = new Map<QueueConnectionKind, RedisConnection>();
  private readonly all: RedisConnection[] = [];
  private isClosed = false;

  constructor(private readonly environment: Environment) {}

  /** Made when a queue first wants it; a command waits for a Redis that is away, and whoever must not wait has a limit of its own. */
  get(kind: QueueConnectionKind): RedisConnection {
    if (kind === 'bclient') return this.connect('blocking');
    const connection = this.shared.get(kind) ?? this.connect('patient');
    this.shared.set(kind, connection);
    return connection;
  }

  /** Ends every connection at once; queues are closed before, as Bull leaves connections that were handed to it open. */
  disconnect(): void {
    this.isClosed = true;
    for (const connection of this.all) connection.disconnect();
  }

  onApplicationShutdown(): void {
    this.disconnect();
  }

  private connect(kind: ConnectionKind): RedisConnection {
    const connection = connectToRedis(this.environment, kind);
    // Every queue listens to those that are shared.
    connection.setMaxListeners(0);
    this.all.push(connection);
    // A queue that is closed while it starts still asks for what it lacks.
    if (this.isClosed) connection.disconnect();
    return connection;
  }
}
