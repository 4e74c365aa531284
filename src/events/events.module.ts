import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventReader } from './entities/event-reader.entity.js';
import { EventLogRepository } from './event-log.repository.js';
import { EventReadersRepository } from './event-readers.repository.js';

/** The log of events, as outsiders read it. */
@Module({
  imports: [TypeOrmModule.forFeature([EventReader])],
  providers: [EventLogRepository, EventReadersRepository],
  exports: [EventLogRepository, EventReadersRepository],
})
export class EventsModule {}
