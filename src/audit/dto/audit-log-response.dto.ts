import { ApiProperty } from '@nestjs/swagger';
import type { Page } from '../../common/pagination/page.dto.js';
import { AUDIT_ACTOR_KINDS, type AuditActorKind, type AuditRecord } from '../entities/audit-record.entity.js';

/** Who did it. */
export class AuditActorResponseDto {
  /**
   * What kind of caller: a person, an API key, the system itself, or nobody who said who they are.
   * @example "user"
   */
  @ApiProperty({ enum: AUDIT_ACTOR_KINDS })
  kind: AuditActorKind;

  /**
   * Id of the user or of the API key.
   * @example "01970c1e-0a1b-7c2d-8e3f-4a5b6c7d8e9f"
   */
  id: string | null;

  /**
   * The member of staff who acted as this user; null when it was the user.
   * @example null
   */
  impersonatorId: string | null;
}

/** What it was done to. */
export class AuditTargetResponseDto {
  /** @example "role" */
  type: string;

  /**
   * Its id, or its name where it has no other.
   * @example "catalogue-manager"
   */
  id: string;
}

/** Something that somebody did, or tried to do. */
export class AuditEntryResponseDto {
  /**
   * Place in the log, from 1 without a gap.
   * @example 4711
   */
  sequence: number;

  /** @example "01970c1e-7f3a-7c55-9d8e-0242ac120003" */
  id: string;

  /**
   * When it was recorded.
   * @example "2026-01-01T12:00:00.000Z"
   */
  at: string;

  /**
   * What was done.
   * @example "role.changed"
   */
  action: string;

  actor: AuditActorResponseDto;

  /** What it was done to; null when it was done to nothing that has an id. */
  @ApiProperty({ type: AuditTargetResponseDto, nullable: true })
  target: AuditTargetResponseDto | null;

  /**
   * What changed, as it was before; null when there was nothing.
   * @example { "scopes": ["products:read"] }
   */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  before: Record<string, unknown> | null;

  /**
   * What changed, as it was afterwards; null when nothing was left.
   * @example { "scopes": ["products:read", "products:write"] }
   */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  after: Record<string, unknown> | null;

  /**
   * Network address it came from; null for jobs.
   * @example "203.0.113.9"
   */
  address: string | null;

  /**
   * What the caller said it was; 512 characters at most.
   * @example "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
   */
  userAgent: string | null;

  /**
   * Id of the request, as its answer and the process log name it.
   * @example "checkout-7f3a.1"
   */
  requestId: string | null;

  /**
   * HMAC-SHA-256 of the entry and of the hash before it, in hex.
   * @example "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
   */
  hash: string;
}

export class AuditLogPageResponseDto {
  /** Newest first. */
  data: AuditEntryResponseDto[];

  /**
   * Where the next page starts; null on the last one.
   * @example null
   */
  nextCursor: string | null;

  /**
   * Entries on all pages; only with `count=exact`.
   * @example 4711
   */
  total?: number;
}

export function toAuditLogPage({ data, nextCursor, total }: Page<AuditRecord>): AuditLogPageResponseDto {
  return { data: data.map(toEntry), nextCursor, ...(total === undefined ? {} : { total }) };
}

function toEntry(record: AuditRecord): AuditEntryResponseDto {
  const { sequence, id, at, action, actorKind, actorId, impersonatorId, targetType, targetId } = record;
  const { before, after, address, userAgent, requestId, hash } = record;
  return {
    sequence,
    id,
    at: at.toISOString(),
    action,
    actor: { kind: actorKind, id: actorId, impersonatorId },
    target: targetType === null || targetId === null ? null : { type: targetType, id: targetId },
    before,
    after,
    address,
    userAgent,
    requestId,
    hash: hash.toString('hex'),
  };
}
