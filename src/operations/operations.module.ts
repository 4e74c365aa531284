import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RetentionTasks } from '../jobs/retention-tasks.js';
import { Operation, OperationFile, OperationFileChunk } from './entities/operation.entity.js';
import { OperationFiles } from './operation-files.service.js';
import { OperationsController } from './operations.controller.js';
import { OperationsRepository } from './operations.repository.js';
import { OperationsService } from './operations.service.js';

/** Work that takes longer than a request; knows no feature. */
@Module({
  imports: [TypeOrmModule.forFeature([Operation, OperationFile, OperationFileChunk])],
  controllers: [OperationsController],
  providers: [OperationsService, OperationsRepository, OperationFiles],
  exports: [OperationsService, OperationFiles],
})
export class OperationsModule implements OnModuleInit {
  constructor(
    private readonly operations: OperationsService,
    private readonly retention: RetentionTasks,
  ) {}

  onModuleInit(): void {
    this.retention.add({ name: 'operations', purge: (limit) => this.operations.purge(limit) });
  }
}
