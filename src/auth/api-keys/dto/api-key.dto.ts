import { applyDecorators } from '@nestjs/common';
import { PickType } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Max,
  MaxLength,
  Min,
  ValidateBy,
} from 'class-validator';
import { OF_RESOURCE, shown } from '../../../common/http/resource.dto.js';
import { CommaSeparated, PageOf, PageQueryDto } from '../../../common/pagination/page.dto.js';
import { SCOPES } from '../../../common/security/scopes.js';
import { IsNotBlank, MayBeAbsent, MergePatchOf } from '../../../common/validation/decorators.js';
import { IsInstant } from '../../../common/validation/instant.js';
import { isAddressOrRange } from '../address-list.js';
import type { NewApiKey } from '../api-keys.service.js';
import { API_KEY_STATUSES, ApiKey, type ApiKeyStatus } from '../entities/api-key.entity.js';

const MOST_ADDRESSES = 50;
/** An IPv6 address and the length of its prefix. */
const LONGEST_RANGE = 43;

/** A member that lists the scopes of a key by name; `*` would also stand for scopes that are still to come. */
export const AreKeyScopes = (): PropertyDecorator =>
  applyDecorators(
    IsArray(),
    ArrayMinSize(1),
    ArrayMaxSize(SCOPES.length),
    ArrayUnique({ message: 'must name each scope once' }),
    IsIn(SCOPES, { each: true, message: 'must be scopes by name, without *' }),
  );

/** A member that lists addresses and ranges of addresses. */
export const AreAddresses = (): PropertyDecorator =>
  applyDecorators(
    IsArray(),
    ArrayMaxSize(MOST_ADDRESSES),
    ArrayUnique({ message: 'must name each address once' }),
    MaxLength(LONGEST_RANGE, { each: true, message: 'must be IPv4 or IPv6 addresses, or ranges in CIDR form' }),
    ValidateBy(
      {
        name: 'isAddressOrRange',
        validator: {
          validate: isAddressOrRange,
          defaultMessage: () => 'must be IPv4 or IPv6 addresses, or ranges in CIDR form',
        },
      },
      { each: true },
    ),
  );

/** A new API key. */
export class CreateApiKeyDto {
  /** What the key is for. @example "Warehouse scanner" */
  @IsString()
  @IsNotBlank()
  @MaxLength(100)
  name: string;

  /**
   * What the key may do, as a whole; you must hold all of it yourself, also later on.
   * @example ["orders:read", "fulfilments:write"]
   */
  @AreKeyScopes()
  scopes: string[];

  /** When it stops working by itself; null for never. @example "2099-01-01T00:00:00Z" */
  @IsOptional()
  @IsInstant()
  expiresAt?: string | null;

  /**
   * Addresses, and ranges in CIDR form, that it may be used from; everywhere when empty.
   * @example ["203.0.113.0/24", "2001:db8::7"]
   */
  @MayBeAbsent()
  @AreAddresses()
  allowedAddresses?: string[];
}

/** Changes to an API key (JSON Merge Patch). */
export class UpdateApiKeyDto extends MergePatchOf(CreateApiKeyDto) {}

/** How to change over to a new secret. */
export class RotateApiKeyDto {
  /**
   * For how many seconds the old secret still works beside the new one; 0 ends it at once, with every token that was got with it.
   * @example 86400
   */
  @MayBeAbsent()
  @IsInt()
  @Min(0)
  @Max(604_800)
  overlapSeconds: number = 86_400;
}

/** Which API keys to list. */
export class ListApiKeysDto extends PageQueryDto {
  /** Keys in any of these states. @example "active,expired" */
  @IsOptional()
  @CommaSeparated()
  @IsIn(API_KEY_STATUSES, { each: true })
  status?: ApiKeyStatus[];

  /** Keys that this user made. @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  @IsOptional()
  @IsUUID()
  creatorId?: string;
}

/** The secret before the latest rotation. */
export class PreviousSecretDto {
  /** The part that may be seen. @example "shk_Qm5yT2Lc" */
  prefix: string;

  /** Until when it still works. @example "2026-01-16T09:30:00.000Z" */
  expiresAt: Date;
}

const SHOWN = [
  ...OF_RESOURCE,
  ...(['name', 'prefix', 'scopes', 'allowedAddresses', 'creatorId', 'status'] as const),
  ...(['expiresAt', 'revokedAt', 'lastUsedAt', 'lastUsedAddress'] as const),
] as const;

/** An API key, without its secret. */
export class ApiKeyResponseDto extends PickType(ApiKey, SHOWN) {
  /**
   * Also the `client_id` of the service account that the key is (OAuth client credentials).
   * @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f"
   */
  override id: string;

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
  const { previousPrefix: prefix, previousExpiresAt: expiresAt } = key;
  const overlaps = prefix !== null && expiresAt !== null && expiresAt > new Date();
  return { ...shown(key, SHOWN), previous: overlaps ? { prefix, expiresAt } : null };
}

export function toNewApiKeyResponse({ details, key }: NewApiKey): NewApiKeyResponseDto {
  return { ...toApiKeyResponse(details), key };
}
