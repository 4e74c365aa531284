import { Process, Processor } from '@nestjs/bull';
import { Logger } from '@nestjs/common';
import { QUEUES } from './queues.js';
import { type RetentionTask, RetentionTasks } from './retention-tasks.js';

/** Rows deleted by one statement: few enough not to hold up anybody. */
const BATCH = 1_000;
/** Batches of one task in one run; what is left waits for the next. */
const MAX_BATCHES = 100;

/** Deletes what is past its time. */
@Processor(QUEUES.retention)
export class RetentionProcessor {
  private readonly logger = new Logger(RetentionProcessor.name);

  constructor(private readonly tasks: RetentionTasks) {}

  /** Runs every task to its end, or up to 100,000 rows. One that fails does not keep the others from their turn. */
  @Process()
  async run(): Promise<void> {
    for (const task of this.tasks.all()) {
      try {
        const deleted = await purge(task);
        if (deleted > 0) this.logger.log(`Retention: ${deleted} ${task.name} deleted`);
      } catch (error) {
        this.logger.error(`Retention of ${task.name} failed: ${String(error)}`);
      }
    }
  }
}

async function purge(task: RetentionTask): Promise<number> {
  let deleted = 0;
  for (let batch = 0; batch < MAX_BATCHES; batch++) {
    const count = await task.purge(BATCH);
    deleted += count;
    if (count < BATCH) break;
  }
  return deleted;
}
