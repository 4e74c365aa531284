import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { SCOPES } from '../../../common/security/scopes.js';
import type { IssuedToken, LivingToken } from '../oauth.service.js';

/** How a client says who it is in the form, where it does not do so by HTTP Basic authentication. */
class ClientFormDto {
  /** The id of the API key. @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  @IsOptional()
  @IsString()
  @MaxLength(36)
  client_id?: string;

  /** The API key. @example "shk_AAAAAAAAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb1cjLPN" */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  client_secret?: string;
}

/** Asks for an access token. */
export class TokenRequestDto extends ClientFormDto {
  /** @example "client_credentials" */
  @IsString()
  @IsIn(['client_credentials'])
  grant_type: string;

  /**
   * Scopes with blanks between them, which narrow what the token may do; all of the client when absent.
   * @example "orders:read"
   */
  @IsOptional()
  @IsString()
  @MaxLength(1000)
  scope?: string;
}

/** Names a token. */
export class TokenFormDto extends ClientFormDto {
  /** @example "sha_Vq8yqkq0nq8cY0m0XrS0yqzq1l3m5n7p9r1t3v5x7z0" */
  @IsString()
  @MaxLength(1000)
  token: string;

  /** Takes no effect: there is one type of token. @example "access_token" */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  token_type_hint?: string;
}

/** An access token for a service account. */
export class TokenResponseDto {
  /** Send it as a bearer token. @example "sha_Vq8yqkq0nq8cY0m0XrS0yqzq1l3m5n7p9r1t3v5x7z0" */
  access_token: string;

  /** @example "Bearer" */
  token_type: string;

  /** Seconds. @example 900 */
  expires_in: number;

  /** What it may do: scopes with blanks between them. @example "orders:read fulfilments:write" */
  scope: string;
}

/** What a token is good for; `active` alone for one that is unknown, over or another client's. */
export class IntrospectionResponseDto {
  /** @example true */
  active: boolean;

  /** @example "orders:read fulfilments:write" */
  scope?: string;

  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  client_id?: string;

  /** A service account acts as itself. @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  sub?: string;

  /** @example "Bearer" */
  token_type?: string;

  /** When it ends, in seconds since 1970. @example 1768470300 */
  exp?: number;

  /** When it was issued, in seconds since 1970. @example 1768469400 */
  iat?: number;

  /** @example "https://shop.example" */
  iss?: string;
}

export function toTokenResponse({ accessToken, expiresIn, scopes }: IssuedToken): TokenResponseDto {
  return { access_token: accessToken, token_type: 'Bearer', expires_in: expiresIn, scope: scopes.join(' ') };
}

export function toIntrospectionResponse(token: LivingToken | null, issuer: string): IntrospectionResponseDto {
  if (!token) return { active: false };
  return {
    active: true,
    scope: token.scopes.join(' '),
    client_id: token.clientId,
    sub: token.clientId,
    token_type: 'Bearer',
    exp: Math.floor(token.expiresAt.getTime() / 1000),
    iat: Math.floor(token.createdAt.getTime() / 1000),
    iss: issuer,
  };
}

const CLIENT_METHODS = ['client_secret_basic', 'client_secret_post'];

/** Authorization server metadata (RFC 8414). */
export class AuthorizationServerMetadataDto {
  /** @example "https://shop.example" */
  issuer: string;

  /** @example "https://shop.example/api/v1/oauth/token" */
  token_endpoint: string;

  /** @example "https://shop.example/api/v1/oauth/revoke" */
  revocation_endpoint: string;

  /** @example "https://shop.example/api/v1/oauth/introspect" */
  introspection_endpoint: string;

  /** The keys of access tokens of people. @example "https://shop.example/.well-known/jwks.json" */
  jwks_uri: string;

  /** @example ["client_credentials"] */
  grant_types_supported: string[];

  /** There is no authorization endpoint, and so nothing that it could answer. @example [] */
  response_types_supported: string[];

  /** @example ["client_secret_basic", "client_secret_post"] */
  token_endpoint_auth_methods_supported: string[];

  /** @example ["client_secret_basic", "client_secret_post"] */
  revocation_endpoint_auth_methods_supported: string[];

  /** @example ["client_secret_basic", "client_secret_post"] */
  introspection_endpoint_auth_methods_supported: string[];

  /** @example ["orders:read", "orders:write"] */
  scopes_supported: string[];

  /** @example "https://shop.example/docs" */
  service_documentation: string;
}

/** Protected resource metadata (RFC 9728). */
export class ProtectedResourceMetadataDto {
  /** @example "https://shop.example" */
  resource: string;

  /** @example ["https://shop.example"] */
  authorization_servers: string[];

  /** @example ["header"] */
  bearer_methods_supported: string[];

  /** @example ["orders:read", "orders:write"] */
  scopes_supported: string[];

  /** @example "https://shop.example/docs" */
  resource_documentation: string;
}

/** @param issuer The public address of this server, as tokens name it. */
export function authorizationServerMetadata(issuer: string): AuthorizationServerMetadataDto {
  return {
    issuer,
    token_endpoint: below(issuer, 'api/v1/oauth/token'),
    revocation_endpoint: below(issuer, 'api/v1/oauth/revoke'),
    introspection_endpoint: below(issuer, 'api/v1/oauth/introspect'),
    jwks_uri: below(issuer, '.well-known/jwks.json'),
    grant_types_supported: ['client_credentials'],
    response_types_supported: [],
    token_endpoint_auth_methods_supported: CLIENT_METHODS,
    revocation_endpoint_auth_methods_supported: CLIENT_METHODS,
    introspection_endpoint_auth_methods_supported: CLIENT_METHODS,
    scopes_supported: [...SCOPES],
    service_documentation: below(issuer, 'docs'),
  };
}

/** @param issuer The public address of this server, as tokens name it. */
export function protectedResourceMetadata(issuer: string): ProtectedResourceMetadataDto {
  return {
    resource: issuer,
    authorization_servers: [issuer],
    bearer_methods_supported: ['header'],
    scopes_supported: [...SCOPES],
    resource_documentation: below(issuer, 'docs'),
  };
}

function below(issuer: string, path: string): string {
  return `${issuer.replace(/\/$/, '')}/${path}`;
}
