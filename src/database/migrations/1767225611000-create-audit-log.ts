import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The audit log and the head of its chain. */
export class CreateAuditLog1767225611000 implements MigrationInterface {
  name = 'CreateAuditLog1767225611000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // No foreign keys: what somebody did outlives them. Milliseconds, because that is what the hash covers.
    await queryRunner.query(`
      CREATE TABLE audit_log (
        sequence bigint NOT NULL,
        id uuid NOT NULL,
        at timestamptz(3) NOT NULL,
        action text NOT NULL,
        actor_kind text NOT NULL,
        actor_id uuid,
        impersonator_id uuid,
        target_type text,
        target_id text,
        before jsonb,
        after jsonb,
        address text,
        user_agent text,
        request_id text,
        previous_hash bytea NOT NULL,
        hash bytea NOT NULL,
        CONSTRAINT audit_log_pkey PRIMARY KEY (sequence),
        CONSTRAINT audit_log_id_key UNIQUE (id),
        CONSTRAINT audit_log_sequence_check CHECK (sequence > 0),
        CONSTRAINT audit_log_actor_kind_check CHECK (actor_kind IN ('user', 'api_key', 'system', 'anonymous')),
        CONSTRAINT audit_log_target_check CHECK ((target_type IS NULL) = (target_id IS NULL)),
        CONSTRAINT audit_log_states_check CHECK (jsonb_typeof(before) = 'object' AND jsonb_typeof(after) = 'object')
      )`);
    await queryRunner.query(`CREATE INDEX audit_log_at_sequence_idx ON audit_log (at, sequence)`);
    await queryRunner.query(`CREATE INDEX audit_log_actor_id_at_sequence_idx ON audit_log (actor_id, at, sequence)`);
    // For an exact action and for the beginning of one.
    await queryRunner.query(`CREATE INDEX audit_log_action_idx ON audit_log (action text_pattern_ops, at, sequence)`);
    await queryRunner.query(`CREATE INDEX audit_log_target_id_at_sequence_idx ON audit_log (target_id, at, sequence)`);
    await queryRunner.query(
      `CREATE INDEX audit_log_target_type_at_sequence_idx ON audit_log (target_type, at, sequence)`,
    );
    await queryRunner.query(`
      CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
      FOR EACH ROW EXECUTE FUNCTION refuse_change()`);
    await queryRunner.query(`
      CREATE TRIGGER audit_log_not_emptied BEFORE TRUNCATE ON audit_log
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);

    await queryRunner.query(`
      CREATE TABLE audit_head (
        id smallint NOT NULL,
        sequence bigint NOT NULL,
        hash bytea NOT NULL,
        seal bytea,
        CONSTRAINT audit_head_pkey PRIMARY KEY (id),
        CONSTRAINT audit_head_id_check CHECK (id = 1),
        CONSTRAINT audit_head_seal_check CHECK (sequence = 0 OR seal IS NOT NULL)
      )`);
    await queryRunner.query(
      `INSERT INTO audit_head (id, sequence, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'))`,
    );
    await queryRunner.query(`
      CREATE TRIGGER audit_head_forward_only BEFORE UPDATE ON audit_head
      FOR EACH ROW WHEN (NEW.sequence <= OLD.sequence) EXECUTE FUNCTION refuse_change()`);
    await queryRunner.query(`
      CREATE TRIGGER audit_head_kept BEFORE DELETE OR TRUNCATE ON audit_head
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE audit_head, audit_log`);
  }
}
