import { Module } from '@nestjs/common';
import { AuthModule } from '../../auth/auth.module.js';
import { OperationsModule } from '../../operations/operations.module.js';
import { EventsModule } from '../events.module.js';
import { EventAudience } from './event-audience.js';
import { EventFeed } from './event-feed.js';
import { EventStreamsController } from './event-streams.controller.js';
import { EventStreams } from './event-streams.service.js';
import { OpenStreams } from './open-streams.service.js';
import { OperationProgress } from './operation-progress.js';

/** The log of events as it grows, to whoever keeps a connection open. */
@Module({
  imports: [EventsModule, AuthModule, OperationsModule],
  controllers: [EventStreamsController],
  providers: [EventAudience, EventFeed, EventStreams, OpenStreams, OperationProgress],
})
export class StreamsModule {}
