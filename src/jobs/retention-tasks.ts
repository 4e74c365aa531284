import { Injectable } from '@nestjs/common';

/** Something that is kept for a time and then deleted. */
export interface RetentionTask {
  /** For the log. */
  readonly name: string;
  /** Deletes up to `limit` rows that are past their time. @returns how many; fewer than `limit` means that none is left. */
  purge(limit: number): Promise<number>;
}

/** Where features say what of theirs has an end; the retention job calls each of them. */
@Injectable()
export class RetentionTasks {
  private readonly tasks: RetentionTask[] = [];

  /** Adds a task; to be called once, when the module starts. */
  add(task: RetentionTask): void {
    this.tasks.push(task);
  }

  all(): readonly RetentionTask[] {
    return this.tasks;
  }
}
