import { Injectable } from '@nestjs/common';
import { InvalidRequestError } from '../../common/errors/request.errors.js';
import type { Principal } from '../../common/security/principal.js';
import { InviteAcceptance } from '../../users/invites/invite-acceptance.service.js';
import { InviteAccountExistsError } from '../../users/invites/invites.errors.js';
import type { UserDetails } from '../../users/users.repository.js';
import { UsersService } from '../../users/users.service.js';
import { PasswordPolicy } from '../password-policy.js';
import type { AcceptInviteDto } from './dto/accept-invite.dto.js';

/** Accepting an invite, from the token to an account that can sign in. */
@Injectable()
export class AcceptInviteService {
  constructor(
    private readonly acceptance: InviteAcceptance,
    private readonly users: UsersService,
    private readonly passwords: PasswordPolicy,
  ) {}

  /**
   * Makes the account of an invite with a password, or gives its roles to the account that the caller is signed in to. Nobody is signed
   * in by it: that goes the way that every sign-in goes, second factor included.
   *
   * @throws InvalidInviteTokenError, InviteNotGrantableError, PasswordRejectedError; InviteAccountExistsError when the address has an
   *   account that the caller is not signed in to; InvalidRequestError (400, `/password`) for a new account without one.
   */
  async accept({ token, password, name = null }: AcceptInviteDto, caller: Principal): Promise<UserDetails> {
    const offer = await this.acceptance.find(token);
    const owner = await this.users.findCredentials(offer.email);
    if (owner && isSignedInAs(owner.userId, caller)) return this.acceptance.acceptSignedIn(token, owner.userId);
    if (owner && !offer.isPrepared) throw new InviteAccountExistsError();
    if (password === undefined) {
      throw InvalidRequestError.of('/password', 'required', 'must be chosen for a new account');
    }
    // Hashing takes tens of milliseconds: before the transaction, not inside it.
    const passwordHash = await this.passwords.hash(password, { email: offer.email, name: name ?? offer.name });
    return this.acceptance.acceptWithPassword(token, { passwordHash, name });
  }
}

/** Nobody accepts for somebody else, not even who acts as them. */
function isSignedInAs(userId: string, caller: Principal): boolean {
  return caller.kind === 'user' && caller.id === userId && caller.impersonatorId === null;
}
