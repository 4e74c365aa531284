import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { OrdersModule } from '../orders/orders.module.js';
import { EventReader } from './entities/event-reader.entity.js';
import { EventLogRepository } from './event-log.repository.js';
import { EventReadersRepository } from './event-readers.repository.js';
import { EventsController } from './events.controller.js';
import { EventsService } from './events.service.js';

/** The log of events, as outsiders read it. */
@Module({
  imports: [TypeOrmModule.forFeature([EventReader]), OrdersModule],
  controllers: [EventsController],
  providers: [EventLogRepository, EventReadersRepository, EventsService],
  exports: [EventLogRepository, EventReadersRepository],
})
export class EventsModule {}
