import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import type { Device } from '../sessions.service.js';
import { Challenges } from '../sign-in/challenges.service.js';
import { type SignInOutcome, SignIns } from '../sign-in/sign-ins.service.js';
import type { IdentityDetails } from './identities.repository.js';
import { IdentitiesService } from './identities.service.js';
import type { ProvenIdentity } from './identity-provider.js';
import { InvalidOidcResultError } from './oidc.errors.js';

/** How long a result waits for whoever it is for. */
export const RESULT_SECONDS = 60;

/** What a code stands for. */
type Result =
  | { readonly kind: 'sign_in'; readonly codeChallenge: string }
  | { readonly kind: 'link'; readonly sessionId: string; readonly identity: ProvenIdentity };

/** Codes that stand for what came of a visit to a provider, so that no token ever stands in an address. Each works once, for a minute. */
@Injectable()
export class FederatedResults {
  constructor(
    private readonly challenges: Challenges,
    private readonly signIns: SignIns,
    private readonly identities: IdentitiesService,
  ) {}

  /**
   * A code for a user who has proven who they are.
   *
   * @param codeChallenge Of the page that began: a code that somebody else's sign-in led to opens nothing there.
   */
  ofSignIn(userId: string, codeChallenge: string): Promise<string> {
    return this.open(userId, { kind: 'sign_in', codeChallenge });
  }

  /** A code for an identity that has been proven, and that the user is to confirm in the session that asked for it. */
  ofLink(userId: string, sessionId: string, identity: ProvenIdentity): Promise<string> {
    return this.open(userId, { kind: 'link', sessionId, identity });
  }

  /**
   * Goes on with the sign-in that a code stands for.
   *
   * @throws InvalidOidcResultError; InvalidCredentialsError when the user may not sign in.
   */
  async signIn(code: string, codeVerifier: string, device: Device): Promise<SignInOutcome> {
    const { userId } = await this.take(code, (_, result) => {
      return result.kind === 'sign_in' && result.codeChallenge === challengeOf(codeVerifier);
    });
    return this.signIns.begin(userId, { method: 'oidc', device });
  }

  /**
   * Links the identity that a code stands for to the account of the user who asked for it, in the session that asked.
   *
   * @throws InvalidOidcResultError for anybody else; IdentityTakenError.
   */
  async link(code: string, { id, sessionId }: AuthenticatedUser): Promise<IdentityDetails> {
    const { result } = await this.take(code, (userId, wanted) => {
      return wanted.kind === 'link' && userId === id && wanted.sessionId === sessionId;
    });
    return this.identities.link(id, (result as Extract<Result, { kind: 'link' }>).identity);
  }

  private open(userId: string, result: Result): Promise<string> {
    return this.challenges.open('oidc_result', { userId, data: { ...result }, ttlSeconds: RESULT_SECONDS });
  }

  /** Uses a code up, unless it is for somebody else. */
  private async take(
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
