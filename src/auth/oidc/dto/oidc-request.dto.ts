import { applyDecorators } from '@nestjs/common';
import { IsString, Length, Matches, MaxLength, ValidateIf } from 'class-validator';
import { MayBeAbsent } from '../../../common/validation/decorators.js';

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

  /**
   * The text whose SHA-256 the sign-in was begun with.
   * @example "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
   */
  @IsString()
  @Length(43, 128)
  codeVerifier: string;
}

/** Which provider is to be linked. */
export class LinkIdentityDto {
  /**
   * Name of the provider, from `GET /auth/oidc`.
   * @example "google"
   */
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
