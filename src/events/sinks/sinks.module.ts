import { Module } from '@nestjs/common';
import { everyOffered } from '../../common/extension-points.js';
import { EventsModule } from '../events.module.js';
import { EventSink } from './event-sink.js';
import { EventSinks } from './event-sinks.service.js';
import { EVENT_SINKS } from './sink-list.js';
import { SinkReadersRepository } from './sink-readers.repository.js';

/** Hands the log of events to engines outside; only processes that run jobs import it. */
@Module({
  imports: [EventsModule],
  providers: [EventSinks, SinkReadersRepository, ...everyOffered(EventSink, EVENT_SINKS)],
})
export class SinksModule {}
