import { Injectable } from '@nestjs/common';
import { DomainError } from '../../common/errors/domain.error.js';
import type { Device } from '../sessions.service.js';
import { type SignInOutcome, SignIns } from '../sign-in/sign-ins.service.js';
import {
  type AuthorizationRequest,
  AuthorizationRequests,
  type ProviderAnswer,
} from './authorization-requests.service.js';
import { FederatedAccounts } from './federated-accounts.service.js';
import { FederatedResults } from './federated-results.service.js';
import { withFragment } from './return-addresses.js';

/** What the browser that comes back from a provider is told. */
export type CallbackOutcome =
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'signed_in'; readonly outcome: SignInOutcome }
  | { readonly kind: 'proven'; readonly code: string };

/** Who comes back from a provider, and what becomes of it. */
@Injectable()
export class OidcCallbacks {
  constructor(
    private readonly requests: AuthorizationRequests,
    private readonly accounts: FederatedAccounts,
    private readonly results: FederatedResults,
    private readonly signIns: SignIns,
  ) {}

  /**
   * Takes an answer of a provider. Failures go to the page that waits for the result, if there is one, as `#error=<code>`.
   *
   * @param browser What the browser showed.
   * @throws InvalidOidcStateError, and without such a page all of: OidcDeniedError, OidcFailedError, OidcUnavailableError,
   * OidcEmailUnverifiedError, LinkRequiredError, InvalidCredentialsError.
   */
  async take(
    provider: string,
    answer: ProviderAnswer,
    browser: string | null,
    device: Device,
  ): Promise<CallbackOutcome> {
    const request = await this.requests.take(provider, answer.state, browser);
    try {
      return await this.finish(request, answer, device);
    } catch (error) {
      if (request.redirectUri === null || !(error instanceof DomainError)) throw error;
      return { kind: 'redirect', location: withFragment(request.redirectUri, { error: error.code }) };
    }
  }

  private async finish(
    request: AuthorizationRequest,
    answer: ProviderAnswer,
    device: Device,
  ): Promise<CallbackOutcome> {
    const { purpose, redirectUri } = request;
    const identity = await this.requests.identify(request, answer);
    if (purpose.kind === 'link') {
      return handOver(redirectUri, await this.results.ofLink(purpose.userId, purpose.sessionId, identity));
    }
    const userId = await this.accounts.userOf(identity);
    if (redirectUri !== null && purpose.codeChallenge !== null) {
      return handOver(redirectUri, await this.results.ofSignIn(userId, purpose.codeChallenge));
    }
    return { kind: 'signed_in', outcome: await this.signIns.begin(userId, { method: 'oidc', device }) };
  }
}

function handOver(redirectUri: string | null, code: string): CallbackOutcome {
  return redirectUri === null
    ? { kind: 'proven', code }
    : { kind: 'redirect', location: withFragment(redirectUri, { code }) };
}
