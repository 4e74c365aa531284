import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsString, Matches } from 'class-validator';
import { mapPage, PageOf } from '../../../common/pagination/page.dto.js';
import type { ConsentHistory } from '../consents.service.js';
import { type Consent, CONSENT_PURPOSES, type ConsentPurpose } from '../entities/consent.entity.js';

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
  at: Date;
}

export class UpdateConsentDto {
  /**
   * True to agree, false to take it back.
   * @example true
   */
  @IsBoolean()
  granted: boolean;

  /**
   * Which wording you were shown.
   * @example "2026-01"
   */
  @IsString()
  @Matches(/^[\x21-\x7e]{1,50}$/, { message: 'must be 1 to 50 visible ASCII characters' })
  version: string;
}

/** What somebody agrees to now, and one page of how that came about: everything that was said, newest first. */
export class ConsentPageDto extends PageOf(ConsentResponseDto) {
  /** What counts now: the newest of each purpose; a purpose that was never asked about is not listed. */
  current: ConsentResponseDto[];
}

export function toConsentResponse(consent: Consent): ConsentResponseDto {
  const { purpose, granted, documentVersion, source, address, at } = consent;
  return { purpose, granted, documentVersion, source, address, at };
}

export function toConsentPage(history: ConsentHistory): ConsentPageDto {
  return { ...mapPage(history, toConsentResponse), current: history.current.map(toConsentResponse) };
}
