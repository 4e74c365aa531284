import { ApiProperty, PickType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsString, IsUUID, Matches, Max, MaxLength, Min, MinLength, ValidateNested } from 'class-validator';
import { shown } from '../../common/http/resource.dto.js';
import { PageOf, PageQueryDto } from '../../common/pagination/page.dto.js';
import { InstantRangeDto } from '../../common/pagination/range.dto.js';
import { MayBeAbsent, WholeNumber } from '../../common/validation/decorators.js';
import { CHAIN_FLAWS, type ChainFlaw, type ChainVerification } from '../audit-chain.js';
import {
  AUDIT_ACTOR_KINDS,
  type AuditActorKind,
  AuditRecord,
  type JsonObject,
} from '../entities/audit-record.entity.js';

/** Which entries of the audit log to list. */
export class ListAuditLogDto extends PageQueryDto {
  /**
   * Who did it: id of a user or of an API key.
   * @example "01970c1e-0a1b-7c2d-8e3f-4a5b6c7d8e9f"
   */
  @MayBeAbsent()
  @IsUUID()
  actor?: string;

  /**
   * An action, or every action that begins so: `auth.*`.
   * @example "auth.*"
   */
  @MayBeAbsent()
  @MaxLength(100)
  @Matches(/^[a-z0-9_]+(\.[a-z0-9_]+)*(\.\*)?$/, { message: 'must be an action, such as user.disabled or user.*' })
  action?: string;

  /**
   * What kind of thing it was done to.
   * @example "role"
   */
  @MayBeAbsent()
  @MaxLength(50)
  @Matches(/^[a-z0-9_-]+$/, { message: 'must be the type of a target, such as user' })
  targetType?: string;

  /**
   * Id of the thing it was done to, or its name where it has no other.
   * @example "catalogue-manager"
   */
  @MayBeAbsent()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  targetId?: string;

  /** When it was recorded. */
  @MayBeAbsent()
  @ValidateNested()
  @Type(() => InstantRangeDto)
  at?: InstantRangeDto;
}

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

const SHOWN = ['sequence', 'id', 'at', 'action', 'before', 'after', 'address', 'userAgent', 'requestId'] as const;

/** Something that somebody did, or tried to do. */
export class AuditEntryResponseDto extends PickType(AuditRecord, SHOWN) {
  /** What changed, as it was before; null when there was nothing. @example { "scopes": ["products:read"] } */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  override before: JsonObject | null;

  /**
   * What changed, as it was afterwards; null when nothing was left.
   * @example { "scopes": ["products:read", "products:write"] }
   */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  override after: JsonObject | null;

  actor: AuditActorResponseDto;

  /** What it was done to; null when it was done to nothing that has an id. */
  @ApiProperty({ type: AuditTargetResponseDto, nullable: true })
  target: AuditTargetResponseDto | null;

  /**
   * HMAC-SHA-256 of the entry and of the hash before it, in hex.
   * @example "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
   */
  hash: string;
}

/** One page of the audit log, newest first. */
export class AuditLogPageResponseDto extends PageOf(AuditEntryResponseDto) {}

export function toAuditEntry(record: AuditRecord): AuditEntryResponseDto {
  const { actorKind: kind, actorId: id, impersonatorId, targetType, targetId, hash } = record;
  return {
    ...shown(record, SHOWN),
    actor: { kind, id, impersonatorId },
    target: targetType === null || targetId === null ? null : { type: targetType, id: targetId },
    hash: hash.toString('hex'),
  };
}

/** Which part of the audit log to check. */
export class VerifyAuditLogDto {
  /**
   * Place of the first entry to check; the beginning unless given.
   * @example 1
   */
  @MayBeAbsent()
  @WholeNumber()
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  from?: number;

  /**
   * Place of the last entry to check; the end unless given.
   * @example 100000
   */
  @MayBeAbsent()
  @WholeNumber()
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  to?: number;
}

/** Where the chain ends. Kept elsewhere, it proves later that nothing up to here has been taken away. */
export class AuditHeadResponseDto {
  /**
   * Entries in the log.
   * @example 4711
   */
  sequence: number;

  /**
   * Hash of the last entry, in hex; zeros when there is none.
   * @example "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
   */
  hash: string;
}

/** What is wrong with the log. */
export class AuditProblemResponseDto {
  /**
   * Place of the entry.
   * @example 42
   */
  sequence: number;

  /**
   * `hash`: the entry is not what was recorded. `link`: it was not recorded after the one that stands before it. `gap`: it is missing. `tail`: the
   * log does not end where it was last written.
   * @example "hash"
   */
  @ApiProperty({ enum: CHAIN_FLAWS })
  reason: ChainFlaw;
}

/** What came of checking the audit log. */
export class AuditVerificationResponseDto {
  /**
   * Nothing is wrong with the entries that were checked, nor with the end of the log.
   * @example false
   */
  isValid: boolean;

  /**
   * Entries found to be as they were recorded.
   * @example 41
   */
  checked: number;

  /**
   * Place of the first entry that was looked at.
   * @example 1
   */
  from: number;

  /**
   * Place of the last entry that was looked at; below `from` when there is none.
   * @example 4711
   */
  to: number;

  /**
   * `from` of the next call, when there are more entries than one call checks (100,000).
   * @example null
   */
  nextFrom: number | null;

  head: AuditHeadResponseDto;

  /** The first thing that is wrong; null when nothing is. */
  @ApiProperty({ type: AuditProblemResponseDto, nullable: true })
  firstProblem: AuditProblemResponseDto | null;
}

export function toAuditVerificationResponse({
  head,
  ...verification
}: ChainVerification): AuditVerificationResponseDto {
  return { ...verification, head: { sequence: head.sequence, hash: head.hash.toString('hex') } };
}
