import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { OperationsModule } from '../operations/operations.module.js';
import { BoardController } from './board/board.controller.js';
import { BoardSessions } from './board/board-sessions.service.js';
import { QueueBoard } from './board/queue-board.js';
import { JobsController } from './jobs.controller.js';
import { JobsService } from './jobs.service.js';

/** What staff see of the queues and do about jobs; knows no feature. */
@Module({
  imports: [OperationsModule, AuthModule],
  controllers: [JobsController, BoardController],
  providers: [JobsService, QueueBoard, BoardSessions],
})
export class JobControlModule {}
