import type { MigrationInterface, QueryRunner } from 'typeorm';

const APPEND_ONLY = 'order_history_append_only';

/** Lets an erasure take the reason out of an entry of an order's history; nothing else of it can change. */
export class ForgetReasons1767225620000 implements MigrationInterface {
  name = 'ForgetReasons1767225620000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TRIGGER ${APPEND_ONLY} ON order_history`);
    await queryRunner.query(`
      CREATE TRIGGER ${APPEND_ONLY} BEFORE UPDATE ON order_history FOR EACH ROW
      WHEN (NEW.reason IS NOT NULL OR to_jsonb(NEW) - 'reason' <> to_jsonb(OLD) - 'reason')
      EXECUTE FUNCTION refuse_change()`);
    await queryRunner.query(`
      CREATE TRIGGER order_history_no_delete BEFORE DELETE ON order_history
      FOR EACH ROW EXECUTE FUNCTION refuse_change()`);
    await queryRunner.query(`DROP INDEX orders_unerased_idx`);
    await queryRunner.query(`
      CREATE INDEX orders_unerased_idx ON orders (id)
      WHERE email LIKE 'erased-%@erased.invalid' AND (shipping_address ->> 'name' <> '(erased)' OR cancel_reason IS NOT NULL)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX orders_unerased_idx`);
    await queryRunner.query(`
      CREATE INDEX orders_unerased_idx ON orders (id)
      WHERE email LIKE 'erased-%@erased.invalid' AND shipping_address ->> 'name' <> '(erased)'`);
    await queryRunner.query(`DROP TRIGGER order_history_no_delete ON order_history`);
    await queryRunner.query(`DROP TRIGGER ${APPEND_ONLY} ON order_history`);
    await queryRunner.query(`
      CREATE TRIGGER ${APPEND_ONLY} BEFORE UPDATE OR DELETE ON order_history
      FOR EACH ROW EXECUTE FUNCTION refuse_change()`);
  }
}
