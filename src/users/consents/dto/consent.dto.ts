import { ApiProperty, PickType } from '@nestjs/swagger';
import { IsBoolean, IsString, Matches } from 'class-validator';
import { shown } from '../../../common/http/resource.dto.js';
import { mapPage, PageOf } from '../../../common/pagination/page.dto.js';
import type { ConsentHistory } from '../consents.service.js';
import { Consent, CONSENT_PURPOSES, type ConsentPurpose } from '../entities/consent.entity.js';

const SHOWN = ['purpose', 'granted', 'documentVersion', 'source', 'address', 'at'] as const;

/** One time that somebody agreed or took it back. */
export class ConsentResponseDto extends PickType(Consent, SHOWN) {
  /** @example "marketing_email" */
  @ApiProperty({ enum: CONSENT_PURPOSES, enumName: 'ConsentPurpose' })
  override purpose: ConsentPurpose;
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

export const toConsentResponse = (consent: Consent): ConsentResponseDto => shown(consent, SHOWN);

export function toConsentPage(history: ConsentHistory): ConsentPageDto {
  return { ...mapPage(history, toConsentResponse), current: history.current.map(toConsentResponse) };
}
