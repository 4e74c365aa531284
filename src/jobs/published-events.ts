import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { REDIS } from '../common/redis/redis.module.js';

/** The Redis channel on which relays say that the log has grown. */
const CHANNEL = 'storehouse:published';

/**
 * Tells every process that events have got their place in the log.
 *
 * It says that, and not what: whoever hears it reads the log from where it stopped, so that an announcement that is lost, or comes twice,
 * costs a moment and no event. Nobody listens until somebody asks.
 */
@Injectable()
export class PublishedEvents implements OnApplicationShutdown {
  private readonly listeners = new Set<() => void>();
  private subscriber: Redis | undefined;

  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  /** Tells the listeners of this process at once, and those of others over Redis; while Redis is away, their polls find out. */
  announce(): void {
    for (const listener of this.listeners) listener();
    this.redis.publish(CHANNEL, '').catch(() => undefined);
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

  private subscribe(): Redis {
    const tellAll = () => this.listeners.forEach((listener) => listener());
    const subscriber = this.redis.duplicate({ enableOfflineQueue: true, maxRetriesPerRequest: null });
    subscriber.on('error', () => undefined);
    subscriber.on('message', tellAll);
    // What was said while the connection was away has not been heard.
    subscriber.on('ready', tellAll);
    subscriber.subscribe(CHANNEL).catch(() => undefined);
    return subscriber;
  }
}
