import type { Implementation } from '../../common/extension-points.js';
import type { EventResponseDto } from '../dto/event-response.dto.js';

/**
 * An engine outside that the log of events is handed to, such as Kafka: an extension point. Never called inside a database transaction.
 *
 * `test/kits/event-sink.kit.ts` holds every implementation to what is said here.
 */
export abstract class EventSink implements Implementation {
  abstract readonly isOffered: boolean;

  /**
   * Hands events over, in their order. When it returns, the engine has all of them for good. One call at a time; a batch that failed comes
   * again whole, after a pause, from this process or another, so that the engine may have some events twice, under their `id`.
   *
   * `aggregate.id` is the key by which the engine keeps the events of one aggregate together and in order.
   *
   * @throws Error of any class when the engine refused, broke off, or did not answer before `signal` ends the wait. Nothing is left out: what
   *   the engine refuses comes until it is taken.
   */
  abstract send(events: readonly EventResponseDto[], signal: AbortSignal): Promise<void>;
}
