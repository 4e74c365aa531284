import type { Implementations } from '../../common/extension-points.js';
import type { EventSink } from './event-sink.js';
import { KafkaSink } from './kafka.sink.js';

/** The engines that the log can be handed to, by the names that their places in it have; every one that the settings ask for. */
export const EVENT_SINKS = {
  kafka: KafkaSink,
} satisfies Implementations<EventSink>;
