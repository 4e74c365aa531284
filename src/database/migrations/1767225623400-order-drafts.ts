import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A draft that is thrown away takes its history along; that of every other order stays as it is. */
export class OrderDrafts1767225623400 implements MigrationInterface {
  name = 'OrderDrafts1767225623400';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE FUNCTION refuse_unless_draft() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (SELECT FROM orders WHERE id = OLD.order_id AND status = 'draft') THEN RETURN OLD; END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
      END $$`);
    await queryRunner.query(`DROP TRIGGER order_history_no_delete ON order_history`);
    await queryRunner.query(`
      CREATE TRIGGER order_history_no_delete BEFORE DELETE ON order_history
      FOR EACH ROW EXECUTE FUNCTION refuse_unless_draft()`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TRIGGER order_history_no_delete ON order_history`);
    await queryRunner.query(`
      CREATE TRIGGER order_history_no_delete BEFORE DELETE ON order_history
      FOR EACH ROW EXECUTE FUNCTION refuse_change()`);
    await queryRunner.query(`DROP FUNCTION refuse_unless_draft()`);
  }
}
