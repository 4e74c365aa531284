import { Process, Processor } from '@nestjs/bull';
import { QUEUES } from './queues.js';
import { RetentionService } from './retention.service.js';

@Processor(QUEUES.retention)
export class RetentionProcessor {
  constructor(private readonly retention: RetentionService) {}

  @Process()
  run(): Promise<void> {
    return this.retention.run();
  }
}
