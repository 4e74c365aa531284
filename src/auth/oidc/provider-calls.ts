import { Logger } from '@nestjs/common';
import * as openid from 'openid-client';
import { DomainError } from '../../common/errors/domain.error.js';
import type { RequestSecrets } from './identity-provider.js';
import { OidcDeniedError, OidcFailedError, OidcUnavailableError } from './oidc.errors.js';

/** How long a provider may take to answer one call, body included. */
export const PROVIDER_PATIENCE_MS = 5_000;

/** Refusals of a token endpoint that are about us and not about the person: wrong id or secret in the settings. */
const OUR_FAULT = ['invalid_client', 'unauthorized_client', 'unsupported_grant_type', 'incorrect_client_credentials'];

const logger = new Logger('IdentityProviders');

/**
 * `fetch` with a bounded time, for calls to a provider. Redirects are not followed.
 *
 * @throws OidcUnavailableError when the provider cannot be reached, does not answer in time, or answers that it cannot.
 */
export async function callProvider(url: string, options: RequestInit = {}): Promise<Response> {
  try {
    const signal = AbortSignal.timeout(PROVIDER_PATIENCE_MS);
    const response = await fetch(url, { ...options, redirect: 'manual', signal });
    // Read here, so that a body that never ends is late like an answer that never begins.
    const body = await response.arrayBuffer();
    if (response.status >= 500 || response.status === 429) throw new Error(`status ${response.status}`);
    return new Response(body.byteLength > 0 ? body : null, response);
  } catch (error) {
    logger.warn({ msg: 'A sign-in provider does not answer', origin: new URL(url).origin, reason: reasonOf(error) });
    throw new OidcUnavailableError();
  }
}

/** Where the browser goes: an authorization request with PKCE (RFC 7636, S256), and with a nonce where there is one. */
export async function authorizationUrl(
  configuration: openid.Configuration,
  scopes: readonly string[],
  callbackUrl: string,
  { codeVerifier, ...secrets }: Omit<RequestSecrets, 'nonce'> & Partial<RequestSecrets>,
): Promise<string> {
  return openid.buildAuthorizationUrl(configuration, {
    ...secrets,
    redirect_uri: callbackUrl,
    scope: scopes.join(' '),
    code_challenge: await openid.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
  }).href;
}

/**
 * What a failed exchange with a provider means for the person who signs in. The details go to the log: they are about the provider.
 *
 * @returns OidcUnavailableError, OidcDeniedError or OidcFailedError
 */
export function signInFailure(provider: string, error: unknown): DomainError {
  const own = ownErrorIn(error);
  if (own) return own;
  if (error instanceof openid.AuthorizationResponseError) {
    logger.log({ msg: 'A sign-in was refused at the provider', event: 'auth.oidc_denied', provider });
    return new OidcDeniedError();
  }
  const reason = reasonOf(error);
  if (isOurFault(error)) {
    logger.error(`The sign-in provider "${provider}" does not accept this client (${reason}); check OIDC_PROVIDERS`);
    return new OidcUnavailableError();
  }
  logger.warn({ msg: 'An answer of a sign-in provider proves nothing', event: 'auth.oidc_failed', provider, reason });
  return new OidcFailedError();
}

/** The library wraps what its `fetch` throws. */
function ownErrorIn(error: unknown): DomainError | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof DomainError) return cause;
  return null;
}

function isOurFault(error: unknown): boolean {
  if (error instanceof openid.WWWAuthenticateChallengeError) return true;
  return error instanceof openid.ResponseBodyError && OUR_FAULT.includes(error.error);
}

/** Names and codes only: messages and causes may hold tokens. */
function reasonOf(error: unknown): string {
  if (error instanceof openid.ResponseBodyError) return error.error.slice(0, 100);
  const { name, code, message, cause } = error as Error & { code?: unknown };
  const inner = (cause as { code?: unknown } | undefined)?.code;
  return [name, code ?? inner, message.slice(0, 100)].filter((part) => typeof part === 'string').join(' ');
}
