import * as openid from 'openid-client';
import type { OidcProviderSetting } from '../../config/oidc-providers.js';
import {
  emailOf,
  type IdentityProvider,
  nameOf,
  type ProvenIdentity,
  type RequestSecrets,
} from './identity-provider.js';
import { OidcFailedError } from './oidc.errors.js';
import { authorizationUrl, callProvider, PROVIDER_PATIENCE_MS, signInFailure } from './provider-calls.js';

const PUBLIC_GITHUB = 'https://github.com';
const PUBLIC_API = 'https://api.github.com';
const API_HEADERS = {
  accept: 'application/vnd.github+json',
  'x-github-api-version': '2022-11-28',
  // GitHub refuses requests without one.
  'user-agent': 'storehouse',
};

interface GitHubEmail {
  email?: unknown;
  primary?: unknown;
  verified?: unknown;
}

/**
 * GitHub: OAuth 2.0 without ID tokens. Who it is, is asked with the access token, which comes from GitHub itself over TLS.
 *
 * Source: GitHub Docs, "Authorizing OAuth apps" and "REST API endpoints for users".
 */
export class GitHubProvider implements IdentityProvider {
  readonly name: string;
  readonly label: string;
  private readonly issuer: string;
  private readonly api: string;
  private readonly configuration: openid.Configuration;

  constructor(private readonly setting: OidcProviderSetting) {
    this.name = setting.name;
    this.label = setting.label;
    this.issuer = setting.issuer.replace(/\/+$/, '');
    this.api = this.issuer === PUBLIC_GITHUB ? PUBLIC_API : `${this.issuer}/api/v3`;
    this.configuration = new openid.Configuration(
      {
        issuer: `${this.issuer}/login/oauth`,
        authorization_endpoint: `${this.issuer}/login/oauth/authorize`,
        token_endpoint: `${this.issuer}/login/oauth/access_token`,
      },
      setting.clientId,
      undefined,
      openid.ClientSecretPost(setting.clientSecret),
    );
    this.configuration[openid.customFetch] = callTokenEndpoint;
    this.configuration.timeout = PROVIDER_PATIENCE_MS / 1000;
    // The settings allow such an address in development and tests only.
    if (this.issuer.startsWith('http:')) openid.allowInsecureRequests(this.configuration);
  }

  authorizationUrl(callbackUrl: string, { state, codeVerifier }: RequestSecrets): Promise<string> {
    return authorizationUrl(this.configuration, this.setting.scopes, callbackUrl, { state, codeVerifier });
  }

  async identify(answer: URL, { state, codeVerifier }: RequestSecrets): Promise<ProvenIdentity> {
    try {
      const tokens = await openid.authorizationCodeGrant(this.configuration, answer, {
        expectedState: state,
        pkceCodeVerifier: codeVerifier,
      });
      const user = (await this.read('/user', tokens.access_token)) as { id?: unknown; login?: unknown; name?: unknown };
      const emails = await this.read('/user/emails', tokens.access_token);
      if (!Number.isSafeInteger(user.id) || !Array.isArray(emails)) throw new OidcFailedError();
      const primary = (emails as GitHubEmail[]).find((email) => email.primary === true);
      return {
        provider: this.name,
        issuer: this.issuer,
        // The login can be given up and taken by somebody else; the number cannot.
        subject: String(user.id),
        email: emailOf(primary?.email),
        isEmailVerified: primary?.verified === true,
        name: nameOf(user.name) ?? nameOf(user.login),
      };
    } catch (error) {
      throw signInFailure(this.name, error);
    }
  }

  private async read(path: string, accessToken: string): Promise<unknown> {
    const headers = { ...API_HEADERS, authorization: `Bearer ${accessToken}` };
    const response = await callProvider(this.api + path, { headers });
    if (response.status !== 200) throw new Error(`${path} answered ${response.status}`);
    return response.json();
  }
}

/** GitHub refuses with status 200 and an `error` in the body; OAuth says 400 (RFC 6749 section 5.2). */
async function callTokenEndpoint(url: string, options: RequestInit): Promise<Response> {
  const response = await callProvider(url, options);
  const answer = (await response
    .clone()
    .json()
    .catch(() => null)) as { error?: unknown } | null;
  return typeof answer?.error === 'string'
    ? new Response(await response.text(), { status: 400, headers: response.headers })
    : response;
}
