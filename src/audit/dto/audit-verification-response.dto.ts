import { ApiProperty } from '@nestjs/swagger';
import { CHAIN_FLAWS, type ChainFlaw, type ChainVerification } from '../audit-verification.service.js';

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
