import type { IdentityProvider } from '../identity-provider.js';

/** Somebody that people may sign in with. */
export class OidcProviderDto {
  /**
   * For the address: `/auth/oidc/{provider}`.
   * @example "google"
   */
  name: string;

  /**
   * For people.
   * @example "Google"
   */
  label: string;
}

export class OidcProviderListDto {
  data: OidcProviderDto[];
}

/** Where the browser has to go. */
export class AuthorizationResponseDto {
  /** @example "https://accounts.google.com/o/oauth2/v2/auth?client_id=shop&response_type=code&state=shc_…" */
  authorizationUrl: string;

  /**
   * Seconds until it has to be begun anew.
   * @example 600
   */
  expiresIn: number;
}

/** The identity is proven; what is left is to confirm it, at `POST /auth/identities/confirm`, in the session that asked. */
export class ProvenIdentityDto {
  /**
   * Works once.
   * @example "shc_nR7yqWm0Vb2sQ5tX8uZ1cF4gH6jK9lP3oA2eD5iE7rT"
   */
  code: string;

  /**
   * Seconds until it no longer works.
   * @example 60
   */
  expiresIn: number;
}

export function toProviderList(providers: readonly IdentityProvider[]): OidcProviderListDto {
  return { data: providers.map(({ name, label }) => ({ name, label })) };
}
