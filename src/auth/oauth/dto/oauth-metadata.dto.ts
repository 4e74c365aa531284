import { SCOPES } from '../../../common/security/scopes.js';

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
