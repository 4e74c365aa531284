import { Module } from '@nestjs/common';
import { OperationsModule } from '../operations/operations.module.js';
import { JobsController } from './jobs.controller.js';
import { JobsService } from './jobs.service.js';

/** What staff see of the queues and do about jobs; knows no feature. */
@Module({ imports: [OperationsModule], controllers: [JobsController], providers: [JobsService] })
export class JobControlModule {}
