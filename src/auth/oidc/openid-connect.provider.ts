import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose';
import * as openid from 'openid-client';
import type { OidcProviderSetting } from '../../config/oidc-providers.js';
import {
  emailOf,
  type IdentityProvider,
  isSubject,
  nameOf,
  type ProvenIdentity,
  type RequestSecrets,
} from './identity-provider.js';
import { OidcFailedError, OidcUnavailableError } from './oidc.errors.js';
import { authorizationUrl, callProvider, PROVIDER_PATIENCE_MS, signInFailure } from './provider-calls.js';

/** How long what a provider says of itself is believed. */
const DISCOVERY_TTL_MS = 3_600_000;
/** Signatures that anybody can check; a shared secret proves nothing to a third party, and `none` nothing at all. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** What a provider says of itself, and its keys. */
interface Discovered {
  readonly configuration: openid.Configuration;
  readonly keys: ReturnType<typeof createRemoteJWKSet>;
  readonly endsAt: number;
}

/** What an ID token, or the user info endpoint, says of a person. */
type Claims = Readonly<Record<string, unknown>>;

/** Any OpenID Connect provider, by discovery: authorization code with PKCE (S256), state and nonce. */
export class OpenIdConnectProvider implements IdentityProvider {
  readonly name: string;
  readonly label: string;
  private discovered: Promise<Discovered> | undefined;

  constructor(private readonly setting: OidcProviderSetting) {
    this.name = setting.name;
    this.label = setting.label;
  }

  async authorizationUrl(callbackUrl: string, secrets: RequestSecrets): Promise<string> {
    const { configuration } = await this.discover();
    return authorizationUrl(configuration, this.setting.scopes, callbackUrl, secrets);
  }

  async identify(answer: URL, secrets: RequestSecrets): Promise<ProvenIdentity> {
    const { configuration, keys } = await this.discover();
    try {
      // Checks state, `iss` of the answer (RFC 9207), and of the ID token: iss, aud, azp, exp, iat, nonce.
      const tokens = await openid.authorizationCodeGrant(configuration, answer, {
        expectedState: secrets.state,
        expectedNonce: secrets.nonce,
        pkceCodeVerifier: secrets.codeVerifier,
        idTokenExpected: true,
      });
      await jwtVerify(tokens.id_token!, keys, {
        algorithms: ALGORITHMS,
        audience: this.setting.clientId,
        clockTolerance: 30,
      });
      const claims: Claims = tokens.claims()!;
      return this.identityOf(claims, await this.personOf(configuration, tokens.access_token, claims));
    } catch (error) {
      throw signInFailure(this.name, error);
    }
  }

  /** Providers may keep address and name out of the ID token (OpenID Connect Core, section 5.4). */
  private async personOf(configuration: openid.Configuration, accessToken: string, claims: Claims): Promise<Claims> {
    const { userinfo_endpoint: endpoint } = configuration.serverMetadata();
    if (claims.email !== undefined || endpoint === undefined) return claims;
    return { ...claims, ...(await openid.fetchUserInfo(configuration, accessToken, claims.sub as string)) };
  }

  private identityOf({ iss, sub }: Claims, person: Claims): ProvenIdentity {
    if (typeof iss !== 'string' || !isSubject(sub)) throw new OidcFailedError();
    return {
      provider: this.name,
      issuer: iss,
      subject: sub,
      email: emailOf(person.email),
      isEmailVerified: person.email_verified === true,
      name: nameOf(person.name),
    };
  }

  /** Asks once an hour and not before somebody wants to sign in, so that our start does not depend on the provider. */
  private async discover(): Promise<Discovered> {
    const known = await this.discovered?.catch(() => undefined);
    if (known && known.endsAt > Date.now()) return known;
    const asked = this.ask();
    this.discovered = asked;
    // A failure is for those who asked, not for those who come after the provider is back.
    asked.catch(() => this.discovered === asked && (this.discovered = undefined));
    return asked;
  }

  private async ask(): Promise<Discovered> {
    const { issuer, clientId, clientSecret } = this.setting;
    const isInsecure = new URL(issuer).protocol === 'http:';
    try {
      const configuration = await openid.discovery(
        new URL(issuer),
        clientId,
        undefined,
        this.authentication(clientSecret),
        {
          [openid.customFetch]: callProvider,
          timeout: PROVIDER_PATIENCE_MS / 1000,
          // The settings allow such an issuer in development and tests only.
          execute: isInsecure ? [openid.allowInsecureRequests] : [],
        },
      );
      const { jwks_uri: keysUrl } = configuration.serverMetadata();
      if (keysUrl === undefined) throw new Error('The provider names no keys');
      return { configuration, keys: remoteKeys(keysUrl), endsAt: Date.now() + DISCOVERY_TTL_MS };
    } catch (error) {
      signInFailure(this.name, error);
      throw new OidcUnavailableError();
    }
  }

  /** As the provider wants it: in the header unless it takes secrets in the body only. */
  private authentication(clientSecret: string): openid.ClientAuth {
    const [basic, post] = [openid.ClientSecretBasic(clientSecret), openid.ClientSecretPost(clientSecret)];
    return (server, client, body, headers) => {
      const methods = server.token_endpoint_auth_methods_supported;
      const takesBodyOnly = methods?.includes('client_secret_post') && !methods.includes('client_secret_basic');
      return (takesBodyOnly ? post : basic)(server, client, body, headers);
    };
  }
}

/** The provider's keys; asked for again as soon as a token is signed with one that is not known yet. */
function remoteKeys(url: string): Discovered['keys'] {
  return createRemoteJWKSet(new URL(url), {
    [customFetch]: callProvider,
    timeoutDuration: PROVIDER_PATIENCE_MS,
    // Tokens come from the provider itself, so nobody else can make us ask.
    cooldownDuration: 0,
  });
}
