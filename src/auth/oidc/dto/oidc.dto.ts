import { applyDecorators } from '@nestjs/common';
import { PickType } from '@nestjs/swagger';
import { IsString, Length, Matches, MaxLength, ValidateIf } from 'class-validator';
import { shown } from '../../../common/http/resource.dto.js';
import { MayBeAbsent } from '../../../common/validation/decorators.js';
import { Identity } from '../entities/identity.entity.js';
import type { IdentityProvider } from '../identity-provider.js';

const LONGEST_ADDRESS = 2_000;

/** The address of a page; its origin is checked against those that the shop knows. */
const IsPageAddress = (): PropertyDecorator => applyDecorators(MayBeAbsent(), IsString(), MaxLength(LONGEST_ADDRESS));

/** How a sign-in at a provider is begun. */
export class BeginOidcDto {
  /**
   * The page that gets the result, as `#code=…` or `#error=…`; of `PUBLIC_URL`, `STOREFRONT_URL` or one of `CORS_ORIGINS`. Without it the
   * callback itself answers, with JSON.
   * @example "https://shop.example/signed-in"
   */
  @IsPageAddress()
  redirectUri?: string;

  /**
   * With `redirectUri`, and only then: SHA-256, in base64url, of a random text of 43 to 128 characters that the page keeps and presents
   * with the code (RFC 7636, S256). So a page takes only the result of a sign-in that it began.
   * @example "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
   */
  @ValidateIf(
    ({ redirectUri, codeChallenge }: BeginOidcDto) => redirectUri !== undefined || codeChallenge !== undefined,
  )
  @Matches(/^[A-Za-z0-9_-]{43}$/, { message: 'must be a SHA-256 in base64url, which a redirectUri needs' })
  codeChallenge?: string;
}

/** What the page that began a sign-in presents at its end. */
export class OidcResultDto {
  /** @example "shc_nR7yqWm0Vb2sQ5tX8uZ1cF4gH6jK9lP3oA2eD5iE7rT" */
  @IsString()
  @MaxLength(200)
  code: string;

  /** The text whose SHA-256 the sign-in was begun with. @example "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" */
  @IsString()
  @Length(43, 128)
  codeVerifier: string;
}

/** Which provider is to be linked. */
export class LinkIdentityDto {
  /** Name of the provider, from `GET /auth/oidc`. @example "google" */
  @IsString()
  @MaxLength(30)
  provider: string;

  /**
   * The page that gets the code to confirm with, as `#code=…` or `#error=…`; of `PUBLIC_URL`, `STOREFRONT_URL` or one of `CORS_ORIGINS`.
   * @example "https://shop.example/account/linked"
   */
  @IsPageAddress()
  redirectUri?: string;
}

export class ConfirmIdentityDto {
  /** @example "shc_nR7yqWm0Vb2sQ5tX8uZ1cF4gH6jK9lP3oA2eD5iE7rT" */
  @IsString()
  @MaxLength(200)
  code: string;
}

/** Somebody that people may sign in with. */
export class OidcProviderDto {
  /** For the address: `/auth/oidc/{provider}`. @example "google" */
  name: string;

  /** For people. @example "Google" */
  label: string;
}

export class OidcProviderListDto {
  data: OidcProviderDto[];
}

/** Where the browser has to go. */
export class AuthorizationResponseDto {
  /** @example "https://accounts.google.com/o/oauth2/v2/auth?client_id=shop&response_type=code&state=shc_…" */
  authorizationUrl: string;

  /** Seconds until it has to be begun anew. @example 600 */
  expiresIn: number;
}

/** The identity is proven; what is left is to confirm it, at `POST /auth/identities/confirm`, in the session that asked. */
export class ProvenIdentityDto {
  /** Works once. @example "shc_nR7yqWm0Vb2sQ5tX8uZ1cF4gH6jK9lP3oA2eD5iE7rT" */
  code: string;

  /** Seconds until it no longer works. @example 60 */
  expiresIn: number;
}

export function toProviderList(providers: readonly IdentityProvider[]): OidcProviderListDto {
  return { data: providers.map(({ name, label }) => ({ name, label })) };
}

const SHOWN = ['id', 'provider', 'email', 'createdAt', 'lastUsedAt'] as const;

/** A provider that opens your account. */
export class IdentityResponseDto extends PickType(Identity, SHOWN) {}

export class IdentityListDto {
  data: IdentityResponseDto[];
}

export const toIdentityResponse = (identity: Identity): IdentityResponseDto => shown(identity, SHOWN);
