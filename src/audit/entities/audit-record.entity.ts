import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import { safeInteger } from '../../database/columns.js';

export const AUDIT_ACTOR_KINDS = ['user', 'api_key', 'system', 'anonymous'] as const;
export type AuditActorKind = (typeof AUDIT_ACTOR_KINDS)[number];

/** One entry of the audit log; append-only, also by a trigger of the database. */
@Entity('audit_log')
@Unique('audit_log_id_key', ['id'])
@Check('audit_log_sequence_check', `sequence > 0`)
@Check('audit_log_actor_kind_check', `actor_kind IN ('user', 'api_key', 'system', 'anonymous')`)
@Check('audit_log_target_check', `(target_type IS NULL) = (target_id IS NULL)`)
@Check('audit_log_states_check', `jsonb_typeof(before) = 'object' AND jsonb_typeof(after) = 'object'`)
@Index('audit_log_at_sequence_idx', ['at', 'sequence'])
@Index('audit_log_actor_id_at_sequence_idx', ['actorId', 'at', 'sequence'])
@Index('audit_log_action_idx', { synchronize: false })
@Index('audit_log_target_id_at_sequence_idx', ['targetId', 'at', 'sequence'])
@Index('audit_log_target_type_at_sequence_idx', ['targetType', 'at', 'sequence'])
export class AuditRecord {
  /** Place in the log, from 1 without a gap. @example 4711 */
  @PrimaryColumn({ type: 'bigint', transformer: safeInteger })
  sequence: number;

  /** @example "01970c1e-7f3a-7c55-9d8e-0242ac120003" */
  @Column({ type: 'uuid' })
  id: string;

  /** When it was recorded. @example "2026-01-01T12:00:00.000Z" */
  @Column({ type: 'timestamptz', precision: 3 })
  at: Date;

  /** What was done. @example "role.changed" */
  @Column({ type: 'text' })
  action: string;

  @Column({ type: 'text' })
  actorKind: AuditActorKind;

  @Column({ type: 'uuid', nullable: true })
  actorId: string | null;

  /** The member of staff who acted as the actor. */
  @Column({ type: 'uuid', nullable: true })
  impersonatorId: string | null;

  @Column({ type: 'text', nullable: true })
  targetType: string | null;

  @Column({ type: 'text', nullable: true })
  targetId: string | null;

  /** What changed, as it was before; null when there was nothing. @example { "scopes": ["products:read"] } */
  @Column({ type: 'jsonb', nullable: true })
  before: JsonObject | null;

  /**
   * What changed, as it was afterwards; null when nothing was left.
   * @example { "scopes": ["products:read", "products:write"] }
   */
  @Column({ type: 'jsonb', nullable: true })
  after: JsonObject | null;

  /** Network address it came from; null for jobs. @example "203.0.113.9" */
  @Column({ type: 'text', nullable: true })
  address: string | null;

  /**
   * What the caller said it was; 512 characters at most.
   * @example "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
   */
  @Column({ type: 'text', nullable: true })
  userAgent: string | null;

  /** Id of the request, as its answer and the process log name it. @example "checkout-7f3a.1" */
  @Column({ type: 'text', nullable: true })
  requestId: string | null;

  /** Hash of the entry before; zeros for the first. */
  @Column({ type: 'bytea' })
  previousHash: Buffer;

  /** Covers the hash of the entry before and everything above. */
  @Column({ type: 'bytea' })
  hash: Buffer;
}

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

/** An entry that has no place in the chain yet. */
export type UnchainedRecord = Omit<AuditRecord, 'sequence' | 'at' | 'previousHash' | 'hash'>;

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
