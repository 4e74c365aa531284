import { IsIn, IsInt, IsOptional, IsString, IsUUID, Max, MaxLength, Min } from 'class-validator';
import { CommaSeparated, PageQueryDto } from '../../../common/pagination/page.dto.js';
import { IsNotBlank, MayBeAbsent } from '../../../common/validation/decorators.js';
import { IsInstant } from '../../../common/validation/instant.js';
import { API_KEY_STATUSES, type ApiKeyStatus } from '../api-key-status.js';
import { AreAddresses, AreKeyScopes } from './key-settings.js';

/** A new API key. */
export class CreateApiKeyDto {
  /**
   * What the key is for.
   * @example "Warehouse scanner"
   */
  @IsString()
  @IsNotBlank()
  @MaxLength(100)
  name: string;

  /**
   * What the key may do; you must hold all of it yourself, also later on.
   * @example ["orders:read", "fulfilments:write"]
   */
  @AreKeyScopes()
  scopes: string[];

  /**
   * When it stops working by itself; never when absent or null.
   * @example "2099-01-01T00:00:00Z"
   */
  @IsOptional()
  @IsInstant()
  expiresAt?: string | null;

  /**
   * Addresses, and ranges in CIDR form, that it may be used from; everywhere when absent or empty.
   * @example ["203.0.113.0/24", "2001:db8::7"]
   */
  @MayBeAbsent()
  @AreAddresses()
  allowedAddresses?: string[];
}

/** Changes to an API key (JSON Merge Patch). */
export class UpdateApiKeyDto {
  /**
   * What the key is for.
   * @example "Warehouse scanner, gate 2"
   */
  @MayBeAbsent()
  @IsString()
  @IsNotBlank()
  @MaxLength(100)
  name?: string;

  /**
   * What the key may do, as a whole; you must hold all of it, and all that it was before.
   * @example ["orders:read"]
   */
  @MayBeAbsent()
  @AreKeyScopes()
  scopes?: string[];

  /**
   * When it stops working by itself; null for never.
   * @example "2099-01-01T00:00:00Z"
   */
  @IsOptional()
  @IsInstant()
  expiresAt?: string | null;

  /**
   * Addresses, and ranges in CIDR form, that it may be used from; everywhere when empty.
   * @example ["203.0.113.0/24"]
   */
  @MayBeAbsent()
  @AreAddresses()
  allowedAddresses?: string[];
}

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
  /**
   * Keys in any of these states.
   * @example "active,expired"
   */
  @IsOptional()
  @CommaSeparated()
  @IsIn(API_KEY_STATUSES, { each: true })
  status?: ApiKeyStatus[];

  /**
   * Keys that this user made.
   * @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f"
   */
  @IsOptional()
  @IsUUID()
  creatorId?: string;
}
