import { unauthenticated } from '../../common/errors/domain.error.js';
import type { ProofMethods } from './proof-methods.js';

const CHALLENGE = { 'www-authenticate': 'Bearer realm="storehouse"' };

/** What was sent is too little, right or wrong. */
export class InsufficientProofError extends unauthenticated(
  'auth.insufficient_proof',
  'More is needed to prove who you are',
) {
  override readonly headers = CHALLENGE;
  override readonly extensions: { methods: ProofMethods };

  /** @param methods What would do; empty when only signing in anew does. */
  constructor(methods: ProofMethods) {
    super(
      methods.length > 0
        ? `Send ${methods.map((all) => all.join(' and ')).join(', or ')}.`
        : 'The account has neither password nor second factor; sign out, and in again.',
    );
    this.extensions = { methods };
  }
}

/** One answer for a wrong password and a wrong code. */
export class InvalidProofError extends unauthenticated(
  'auth.invalid_proof',
  'Password or code is wrong',
  'The password is wrong, or the code is wrong or was used before.',
) {
  override readonly headers = CHALLENGE;
}
