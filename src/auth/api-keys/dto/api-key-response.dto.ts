import { ApiProperty } from '@nestjs/swagger';
import { ResourceResponse } from '../../../common/http/resource.dto.js';
import { PageOf } from '../../../common/pagination/page.dto.js';
import { API_KEY_STATUSES, type ApiKey, type ApiKeyStatus } from '../entities/api-key.entity.js';
import type { NewApiKey } from '../api-keys.service.js';

/** The secret before the latest rotation. */
export class PreviousSecretDto {
  /** The part that may be seen. @example "shk_Qm5yT2Lc" */
  prefix: string;

  /** Until when it still works. @example "2026-01-16T09:30:00.000Z" */
  expiresAt: Date;
}

/** An API key, without its secret. */
export class ApiKeyResponseDto extends ResourceResponse {
  /**
   * Also the `client_id` of the service account that the key is (OAuth client credentials).
   * @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f"
   */
  override id: string;

  /** What the key is for. @example "Warehouse scanner" */
  name: string;

  /** The beginning of the key, by which it is told from others. @example "shk_7fKx2aBq" */
  prefix: string;

  /** What the key may do, as far as its creator may. @example ["orders:read", "fulfilments:write"] */
  scopes: string[];

  /**
   * Addresses and ranges that it may be used from; everywhere when empty.
   * @example ["203.0.113.0/24", "2001:db8::7"]
   */
  allowedAddresses: string[];

  /** Who made it; the key ends when they are disabled. @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  creatorId: string;

  /** `expired` and `revoked` are final. */
  @ApiProperty({ enum: API_KEY_STATUSES, example: 'active' })
  status: ApiKeyStatus;

  /** When it stops working by itself. @example "2099-01-01T00:00:00.000Z" */
  expiresAt: Date | null;

  /** When somebody ended it. @example null */
  revokedAt: Date | null;

  /** The latest use, to the minute. @example "2026-01-15T09:30:00.000Z" */
  lastUsedAt: Date | null;

  /** Where that came from. @example "203.0.113.7" */
  lastUsedAddress: string | null;

  /** The secret before the latest rotation, while it still works. */
  previous: PreviousSecretDto | null;
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
export class ApiKeyPageDto extends PageOf(ApiKeyResponseDto) {}

export function toApiKeyResponse(key: ApiKey): ApiKeyResponseDto {
  const { id, name, prefix, scopes, allowedAddresses, creatorId, status, version, createdAt, updatedAt } = key;
  const { expiresAt, revokedAt, lastUsedAt, lastUsedAddress, previousPrefix, previousExpiresAt } = key;
  const overlaps = previousPrefix !== null && previousExpiresAt !== null && previousExpiresAt > new Date();
  const previous = overlaps ? { prefix: previousPrefix, expiresAt: previousExpiresAt } : null;
  const settings = { id, name, prefix, scopes, allowedAddresses, creatorId, status, expiresAt, revokedAt };
  return { ...settings, lastUsedAt, lastUsedAddress, previous, version, createdAt, updatedAt };
}

export function toNewApiKeyResponse({ details, key }: NewApiKey): NewApiKeyResponseDto {
  return { ...toApiKeyResponse(details), key };
}
