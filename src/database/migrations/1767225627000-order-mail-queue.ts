import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The queue of confirmations carries every mail about orders; what waits in it goes on under its new name. */
export class OrderMailQueue1767225627000 implements MigrationInterface {
  name = 'OrderMailQueue1767225627000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`UPDATE outbox_jobs SET queue = 'order-mail' WHERE queue = 'order-confirmation'`);
  }

  /** Mails of another kind have no reader in the queue of confirmations, so they count as done. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      UPDATE outbox_jobs AS job SET queue = 'order-confirmation',
        completed_at = CASE WHEN event.type = 'order.confirmed' THEN job.completed_at ELSE coalesce(job.completed_at, now()) END
      FROM outbox_events AS event WHERE event.id = job.event_id AND job.queue = 'order-mail'`);
  }
}
