import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** Where the chain of the audit log ends: one row, whose lock lets one writer at a time append. */
@Entity('audit_head')
@Check('audit_head_id_check', `id = 1`)
@Check('audit_head_seal_check', `sequence = 0 OR seal IS NOT NULL`)
export class AuditHead {
  @PrimaryColumn({ type: 'smallint' })
  id: number;

  @Column({ type: 'bigint' })
  sequence: string;

  @Column({ type: 'bytea' })
  hash: Buffer;

  /** Proves that the application moved the head here; null before the first entry. */
  @Column({ type: 'bytea', nullable: true })
  seal: Buffer | null;
}
