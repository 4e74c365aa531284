import { Module, type OnModuleInit } from '@nestjs/common';
import { everyOffered } from '../../common/extension-points.js';
import { Metrics } from '../../common/metrics/metrics.js';
import { RetentionTasks } from '../../jobs/retention-tasks.js';
import { EventLogRepository } from '../event-log.repository.js';
import { EventSink } from './event-sink.js';
import { EventSinks } from './event-sinks.service.js';
import { EVENT_SINKS } from './sink-list.js';
import { SinkReadersRepository } from './sink-readers.repository.js';

/** As long as the log is kept: after that an engine that is not offered any more holds nothing back. */
const FORGOTTEN_AFTER_DAYS = 30;

/** Hands the log of events to engines outside; only processes that run jobs import it. It reads the log, and nothing of the features. */
@Module({
  providers: [EventSinks, EventLogRepository, SinkReadersRepository, ...everyOffered(EventSink, EVENT_SINKS)],
})
export class SinksModule implements OnModuleInit {
  constructor(
    private readonly sinks: EventSinks,
    private readonly readers: SinkReadersRepository,
    private readonly retention: RetentionTasks,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.retention.add({
      name: 'places of sinks',
      purge: (limit) => this.readers.forget(this.sinks.places, FORGOTTEN_AFTER_DAYS, limit),
    });
    this.metrics.add({
      name: 'storehouse_event_sink_behind',
      help: 'Events that an engine outside has not been handed yet.',
      kind: 'gauge',
      labels: ['sink'],
      read: () => this.sinks.countBehind(),
    });
  }
}
