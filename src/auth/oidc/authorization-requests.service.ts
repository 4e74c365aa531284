import { Injectable } from '@nestjs/common';
import { InvalidRequestError } from '../../common/errors/request.errors.js';
import { Secrets } from '../../common/secrets.js';
import { Environment } from '../../config/environment.js';
import { Challenges } from '../sign-in/challenges.repository.js';
import { browserMark, type ProviderAnswer } from './browser-request.js';
import type { ProvenIdentity, RequestSecrets } from './identity-provider.js';
import { IdentityProviders } from './identity-providers.js';
import { InvalidOidcStateError } from './oidc.errors.js';

/** How long somebody may take at the provider. */
export const AUTHORIZATION_SECONDS = 600;

/** What a proof of who it is will be used for. */
export type AuthorizationPurpose =
  | {
      readonly kind: 'sign_in';
      /** Mark of the browser that began, and alone may finish. */
      readonly browser: string;
      /** What the page that gets the result has to know the origin of (PKCE, S256); null when there is no such page. */
      readonly codeChallenge: string | null;
    }
  | { readonly kind: 'link'; readonly userId: string; readonly sessionId: string };

/** Somebody who has been sent to a provider. */
export interface AuthorizationRequest {
  readonly provider: string;
  /** The page that gets the result; null when the callback itself answers with it. */
  readonly redirectUri: string | null;
  readonly purpose: AuthorizationPurpose;
}

/** Sending people to a provider, and recognising who comes back. */
@Injectable()
export class AuthorizationRequests {
  private readonly callbackBase: string;
  /** Of the pages that a sign-in may lead to at its end: our own, so that no code is handed to anybody else. */
  private readonly origins: ReadonlySet<string>;

  constructor(
    private readonly providers: IdentityProviders,
    private readonly challenges: Challenges,
    private readonly secrets: Secrets,
    { PUBLIC_URL, STOREFRONT_URL, CORS_ORIGINS }: Environment,
  ) {
    const urls = [PUBLIC_URL, ...(STOREFRONT_URL === undefined ? [] : [STOREFRONT_URL]), ...CORS_ORIGINS];
    this.origins = new Set(urls.map((url) => new URL(url).origin));
    this.callbackBase = `${PUBLIC_URL.replace(/\/+$/, '')}/api/v1/auth/oidc`;
  }

  /**
   * Notes the request, for ten minutes and one answer.
   *
   * @param pointer The field that `redirectUri` came in.
   * @returns where the browser has to go.
   * @throws OidcProviderNotFoundError; InvalidRequestError for a redirect address of another origin; OidcUnavailableError.
   */
  async open(request: AuthorizationRequest, pointer: string): Promise<string> {
    const provider = this.providers.get(request.provider);
    if (request.redirectUri !== null) this.checkReturn(request.redirectUri, pointer);
    const state = await this.challenges.open('oidc', {
      userId: request.purpose.kind === 'link' ? request.purpose.userId : null,
      data: { ...request },
      ttlSeconds: AUTHORIZATION_SECONDS,
    });
    return provider.authorizationUrl(this.callbackUrl(request.provider), this.secretsOf(state));
  }

  /**
   * Uses the request of a state up, so that of simultaneous answers one counts. An answer that comes to the wrong place leaves it open.
   *
   * @param browser What the browser that answers showed.
   * @throws OidcProviderNotFoundError, InvalidOidcStateError
   */
  async take(provider: string, state: string, browser: string | null): Promise<AuthorizationRequest> {
    this.providers.get(provider);
    const challenge = await this.challenges.find('oidc', state);
    const request = challenge?.data as AuthorizationRequest | undefined;
    if (request?.provider !== provider) throw new InvalidOidcStateError();
    if (request.purpose.kind === 'sign_in' && (browser === null || browserMark(browser) !== request.purpose.browser)) {
      throw new InvalidOidcStateError();
    }
    if (!(await this.challenges.take('oidc', state))) throw new InvalidOidcStateError();
    return request;
  }

  /** Trades the answer for who it is. @throws OidcDeniedError, OidcFailedError, OidcUnavailableError */
  identify({ provider }: AuthorizationRequest, { state, query }: ProviderAnswer): Promise<ProvenIdentity> {
    const answer = new URL(this.callbackUrl(provider));
    answer.search = query.toString();
    return this.providers.get(provider).identify(answer, this.secretsOf(state));
  }

  /** @throws InvalidRequestError unless it is the address of a page of `PUBLIC_URL`, `STOREFRONT_URL` or one of `CORS_ORIGINS`. */
  private checkReturn(address: string, pointer: string): void {
    const url = URL.canParse(address) ? new URL(address) : null;
    const isPlain = url !== null && !url.username && !url.password && !address.includes('#');
    if (!isPlain || !['http:', 'https:'].includes(url.protocol) || !this.origins.has(url.origin)) {
      throw InvalidRequestError.of(pointer, 'origin', 'must be a page of an origin that this shop knows');
    }
  }

  private callbackUrl(provider: string): string {
    return `${this.callbackBase}/${provider}/callback`;
  }

  /** Nonce and verifier follow from the state and a key of ours: nothing to keep, and nothing that the provider's address bar gives away. */
  private secretsOf(state: string): RequestSecrets {
    const derived = (name: string): string =>
      this.secrets.sign('oidc-request', `${name} ${state}`).toString('base64url');
    return { state, nonce: derived('nonce'), codeVerifier: derived('verifier') };
  }
}
