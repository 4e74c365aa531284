import type { Page } from '../../../common/pagination/page.dto.js';
import type { PasskeyDetails } from '../passkeys.repository.js';
import type { AddedPasskey } from '../passkeys.service.js';

/** A passkey of yours. */
export class PasskeyResponseDto {
  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  id: string;

  /**
   * What you call it.
   * @example "Phone"
   */
  name: string;

  /**
   * How its authenticator can be reached.
   * @example ["internal", "hybrid"]
   */
  transports: string[];

  /**
   * True when it is kept on more than one device.
   * @example true
   */
  isBackedUp: boolean;

  /** @example "2026-01-15T09:30:00.000Z" */
  createdAt: string;

  /**
   * Null until it is used.
   * @example "2026-01-15T10:00:00.000Z"
   */
  lastUsedAt: string | null;
}

/** The passkey that was added. */
export class NewPasskeyResponseDto extends PasskeyResponseDto {
  /**
   * Codes for the day the device is lost, each good for one sign-in. Shown this once; null when you have codes from before.
   * @example ["k7qd-3mwf-9xbn-t2hz", "0r5s-vj8c-e41g-pyaw"]
   */
  recoveryCodes: string[] | null;
}

/** One page of passkeys. */
export class PasskeyPageDto {
  data: PasskeyResponseDto[];

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

export function toPasskeyResponse(passkey: PasskeyDetails): PasskeyResponseDto {
  const { id, name, transports, isBackedUp, createdAt, lastUsedAt } = passkey;
  return {
    id,
    name,
    transports,
    isBackedUp,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}

export function toNewPasskeyResponse({ passkey, recoveryCodes }: AddedPasskey): NewPasskeyResponseDto {
  return { ...toPasskeyResponse(passkey), recoveryCodes };
}

export function toPasskeyPage(page: Page<PasskeyDetails>): PasskeyPageDto {
  return { ...page, data: page.data.map(toPasskeyResponse) };
}
