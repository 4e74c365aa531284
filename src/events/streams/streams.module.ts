import { Module } from '@nestjs/common';
import { AuthModule } from '../../auth/auth.module.js';
import { OperationsModule } from '../../operations/operations.module.js';
import { EventsModule } from '../events.module.js';
import { EventAudience } from './event-audience.js';
import { EventsGateway } from './events.gateway.js';
import { SocketMessages } from './socket-messages.service.js';
import { OrdersModule } from '../../orders/orders.module.js';
import { ProductsModule } from '../../products/products.module.js';
import { SocketChannels } from './socket-channels.service.js';
import { EventFeed } from './event-feed.js';
import { EventStreamsController } from './event-streams.controller.js';
import { EventStreams } from './event-streams.service.js';
import { OpenStreams } from './open-streams.service.js';
import { OperationProgress } from './operation-progress.js';

/** The log of events as it grows, to whoever keeps a connection open. */
@Module({
  imports: [EventsModule, AuthModule, OperationsModule, OrdersModule, ProductsModule],
  controllers: [EventStreamsController],
  providers: [
    EventAudience,
    EventFeed,
    EventStreams,
    OpenStreams,
    OperationProgress,
    EventsGateway,
    SocketChannels,
    SocketMessages,
  ],
})
export class StreamsModule {}
