import { ApiProperty } from '@nestjs/swagger';
import type { ConsentRecord } from '../consents.repository.js';
import type { ConsentHistory } from '../consents.service.js';
import { CONSENT_PURPOSES, type ConsentPurpose } from '../entities/consent.entity.js';

/** One time that somebody agreed or took it back. */
export class ConsentResponseDto {
  /** @example "marketing_email" */
  @ApiProperty({ enum: CONSENT_PURPOSES, enumName: 'ConsentPurpose' })
  purpose: ConsentPurpose;

  /**
   * True when it was agreed to, false when it was taken back.
   * @example true
   */
  granted: boolean;

  /**
   * Which wording was shown.
   * @example "2026-01"
   */
  documentVersion: string;

  /**
   * Through what it was said.
   * @example "account"
   */
  source: string;

  /**
   * The network address it came from.
   * @example "192.0.2.1"
   */
  address: string | null;

  /** @example "2026-01-15T09:30:00.000Z" */
  at: string;
}

/** What somebody agrees to now, and one page of how that came about. */
export class ConsentPageDto {
  /** What counts now: the newest of each purpose; a purpose that was never asked about is not listed. */
  current: ConsentResponseDto[];

  /** Everything that was said, newest first. */
  data: ConsentResponseDto[];

  /**
   * Pass as `cursor` for the next page; null on the last one.
   * @example null
   */
  nextCursor: string | null;

  /**
   * Rows of all pages together; only with `count=exact`.
   * @example 2
   */
  total?: number;
}

export function toConsentResponse(consent: ConsentRecord): ConsentResponseDto {
  const { purpose, granted, documentVersion, source, address, at } = consent;
  return { purpose, granted, documentVersion, source, address, at: at.toISOString() };
}

export function toConsentPage(history: ConsentHistory): ConsentPageDto {
  return {
    ...history,
    current: history.current.map(toConsentResponse),
    data: history.data.map(toConsentResponse),
  };
}
