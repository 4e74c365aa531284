import { ApiProperty } from '@nestjs/swagger';
import type { Page } from '../../../common/pagination/page.dto.js';
import { API_KEY_STATUSES, type ApiKeyStatus } from '../api-key-status.js';
import type { ApiKeyDetails } from '../api-keys.repository.js';

/** The secret before the latest rotation. */
export class PreviousSecretDto {
  /**
   * The part that may be seen.
   * @example "shk_Qm5yT2Lc"
   */
  prefix: string;

  /**
   * Until when it still works.
   * @example "2026-01-16T09:30:00.000Z"
   */
  expiresAt: string;
}

/** An API key, without its secret. */
export class ApiKeyResponseDto {
  /**
   * Also the `client_id` of the service account that the key is (OAuth client credentials).
   * @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f"
   */
  id: string;

  /**
   * What the key is for.
   * @example "Warehouse scanner"
   */
  name: string;

  /**
   * The beginning of the key, by which it is told from others.
   * @example "shk_7fKx2aBq"
   */
  prefix: string;

  /**
   * What the key may do, as far as its creator may.
   * @example ["orders:read", "fulfilments:write"]
   */
  scopes: string[];

  /**
   * Addresses and ranges that it may be used from; everywhere when empty.
   * @example ["203.0.113.0/24", "2001:db8::7"]
   */
  allowedAddresses: string[];

  /**
   * Who made it; the key ends when they are disabled.
   * @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f"
   */
  creatorId: string;

  /** `expired` and `revoked` are final. */
  @ApiProperty({ enum: API_KEY_STATUSES, example: 'active' })
  status: ApiKeyStatus;

  /**
   * When it stops working by itself.
   * @example "2099-01-01T00:00:00.000Z"
   */
  expiresAt: string | null;

  /**
   * When somebody ended it.
   * @example null
   */
  revokedAt: string | null;

  /**
   * The latest use, to the minute.
   * @example "2026-01-15T09:30:00.000Z"
   */
  lastUsedAt: string | null;

  /**
   * Where that came from.
   * @example "203.0.113.7"
   */
  lastUsedAddress: string | null;

  /** The secret before the latest rotation, while it still works. */
  previous: PreviousSecretDto | null;

  /** @example "2026-01-15T09:30:00.000Z" */
  createdAt: string;

  /** @example "2026-01-15T09:30:00.000Z" */
  updatedAt: string;

  /**
   * Rises with every change; the entity tag for `If-Match` begins with it.
   * @example 1
   */
  version: number;
}

/** An API key with its secret, which is shown this once. */
export class NewApiKeyResponseDto extends ApiKeyResponseDto {
  /**
   * The key: send it as a bearer token. It is stored as a hash, and nobody can show it again.
   * @example "shk_AAAAAAAAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb1cjLPN"
   */
  key: string;
}

/** One page of API keys, newest first. */
export class ApiKeyPageDto {
  data: ApiKeyResponseDto[];

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

export function toApiKeyResponse(key: ApiKeyDetails): ApiKeyResponseDto {
  const { previousPrefix, previousExpiresAt } = key;
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    scopes: key.scopes,
    allowedAddresses: key.allowedAddresses,
    creatorId: key.creatorId,
    status: key.status,
    expiresAt: key.expiresAt?.toISOString() ?? null,
    revokedAt: key.revokedAt?.toISOString() ?? null,
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
    lastUsedAddress: key.lastUsedAddress,
    previous:
      previousPrefix !== null && previousExpiresAt !== null
        ? { prefix: previousPrefix, expiresAt: previousExpiresAt.toISOString() }
        : null,
    createdAt: key.createdAt.toISOString(),
    updatedAt: key.updatedAt.toISOString(),
    version: key.version,
  };
}

export function toNewApiKeyResponse({ details, key }: { details: ApiKeyDetails; key: string }): NewApiKeyResponseDto {
  return { ...toApiKeyResponse(details), key };
}

export function toApiKeyPage(page: Page<ApiKeyDetails>): ApiKeyPageDto {
  return { ...page, data: page.data.map(toApiKeyResponse) };
}
