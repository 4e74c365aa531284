import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../../common/errors/domain.error.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import type { Device } from '../sessions.service.js';
import { Challenges } from '../sign-in/challenges.repository.js';
import { type SignInOutcome, SignIns } from '../sign-in/sign-ins.service.js';
import { type AuthorizationRequest, AuthorizationRequests } from './authorization-requests.service.js';
import type { ProviderAnswer } from './browser-request.js';
import type { Identity } from './entities/identity.entity.js';
import { IdentitiesService } from './identities.service.js';
import type { ProvenIdentity } from './identity-provider.js';
import { InvalidOidcResultError } from './oidc.errors.js';

/** How long a result waits for whoever it is for. */
export const RESULT_SECONDS = 60;

/** What a code stands for, so that no token ever stands in an address. Each works once, for a minute. */
type Result =
  | { readonly kind: 'sign_in'; readonly codeChallenge: string }
  | { readonly kind: 'link'; readonly sessionId: string; readonly identity: ProvenIdentity };

/** What the browser that comes back from a provider is told. */
export type CallbackOutcome =
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'signed_in'; readonly outcome: SignInOutcome }
  | { readonly kind: 'proven'; readonly code: string };

/** Who comes back from a provider, what becomes of it, and the codes that stand for that until a page trades them. */
@Injectable()
export class FederatedSignIns {
  constructor(
    private readonly requests: AuthorizationRequests,
    private readonly challenges: Challenges,
    private readonly signIns: SignIns,
    private readonly identities: IdentitiesService,
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
      // To be confirmed in the session that asked for it.
      const { userId, sessionId } = purpose;
      return handOver(redirectUri, await this.open(userId, { kind: 'link', sessionId, identity }));
    }
    const userId = await this.identities.userOf(identity);
    const { codeChallenge } = purpose;
    if (redirectUri !== null && codeChallenge !== null) {
      // Bound to the page that began: a code that somebody else's sign-in led to opens nothing there.
      return handOver(redirectUri, await this.open(userId, { kind: 'sign_in', codeChallenge }));
    }
    return { kind: 'signed_in', outcome: await this.signIns.begin(userId, { method: 'oidc', device }) };
  }

  /**
   * Goes on with the sign-in that a code stands for.
   *
   * @throws InvalidOidcResultError; InvalidCredentialsError when the user may not sign in.
   */
  async signIn(code: string, codeVerifier: string, device: Device): Promise<SignInOutcome> {
    const { userId } = await this.redeem(code, (_, result) => {
      return result.kind === 'sign_in' && result.codeChallenge === challengeOf(codeVerifier);
    });
    return this.signIns.begin(userId, { method: 'oidc', device });
  }

  /**
   * Links the identity that a code stands for to the account of the user who asked for it, in the session that asked.
   *
   * @throws InvalidOidcResultError for anybody else; IdentityTakenError.
   */
  async link(code: string, { id, sessionId }: AuthenticatedUser): Promise<Identity> {
    const { result } = await this.redeem(code, (userId, wanted) => {
      return wanted.kind === 'link' && userId === id && wanted.sessionId === sessionId;
    });
    return this.identities.link(id, (result as Extract<Result, { kind: 'link' }>).identity);
  }

  private open(userId: string, result: Result): Promise<string> {
    return this.challenges.open('oidc_result', { userId, data: { ...result }, ttlSeconds: RESULT_SECONDS });
  }

  /** Uses a code up, unless it is for somebody else. */
  private async redeem(
    code: string,
    isMeant: (userId: string, result: Result) => boolean,
  ): Promise<{ userId: string; result: Result }> {
    const challenge = await this.challenges.find('oidc_result', code);
    const result = challenge?.data as Result | undefined;
    if (!challenge?.userId || !result || !isMeant(challenge.userId, result)) throw new InvalidOidcResultError();
    if (!(await this.challenges.take('oidc_result', code))) throw new InvalidOidcResultError();
    return { userId: challenge.userId, result };
  }
}

/** RFC 7636 section 4.2, S256. */
function challengeOf(codeVerifier: string): string {
  return createHash('sha256').update(codeVerifier).digest('base64url');
}

function handOver(redirectUri: string | null, code: string): CallbackOutcome {
  return redirectUri === null
    ? { kind: 'proven', code }
    : { kind: 'redirect', location: withFragment(redirectUri, { code }) };
}

/** A page with something for its script behind `#`, which is sent to no server. */
export function withFragment(address: string, values: Readonly<Record<string, string>>): string {
  const url = new URL(address);
  url.hash = new URLSearchParams(values).toString();
  return url.href;
}
