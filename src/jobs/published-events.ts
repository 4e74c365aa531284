import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { connectToRedis, type RedisConnection } from '../common/redis/redis-connection.js';
import { REDIS } from '../common/redis/redis.module.js';
import { Environment } from '../config/environment.js';

/**
 * Tells every process that events have got their place in the log.
 *
 * It says that, and not what: whoever hears it reads the log from where it stopped, so that an announcement that is lost, or comes twice,
 * costs a moment and no event. Nobody listens until somebody asks.
 */
@Injectable()
export class PublishedEvents implements OnApplicationShutdown {
  private readonly listeners = new Set<() => void>();
  private subscriber: RedisConnection | undefined;
  /** Where relays say that the log has grown. */
  private readonly channel: string;

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly environment: Environment,
  ) {
    this.channel = `${environment.REDIS_PREFIX}:published`;
  }

  /** Tells the listeners of this process at once, and those of others over Redis; while Redis is away, their polls find out. */
  announce(): void {
    for (const listener of this.listeners) listener();
    this.redis.publish(this.channel, '').catch(() => undefined);
  }

  /**
   * Calls `listener` whenever the log has grown, in this process or in another; may call it twice for one growth.
   *
   * Listeners keep a slow poll beside it: announcements are lost while Redis is away. @returns what ends it.
   */
  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    this.subscriber ??= this.subscribe();
    return () => void this.listeners.delete(listener);
  }

  onApplicationShutdown(): void {
    this.subscriber?.disconnect();
  }

  private subscribe(): RedisConnection {
    const tellAll = () => this.listeners.forEach((listener) => listener());
    const subscriber = connectToRedis(this.environment, 'patient');
    subscriber.on('error', () => undefined);
    subscriber.on('message', tellAll);
    // What was said while the connection was away has not been heard; the second is the word of a cluster.
    subscriber.on('ready', tellAll);
    subscriber.on('-node', tellAll);
    subscriber.subscribe(this.channel).then(tellAll, () => undefined);
    return subscriber;
  }
}
