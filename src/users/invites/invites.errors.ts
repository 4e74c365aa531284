import { ConflictError, NotFoundError, RejectedError } from '../../common/errors/domain.error.js';

export class InviteNotFoundError extends NotFoundError {
  static override readonly code = 'invite.not_found';
  static override readonly title = 'No such invite';

  constructor(readonly inviteId: string) {
    super('There is no invite with this id.');
  }
}

export class InviteClosedError extends ConflictError {
  static override readonly code = 'invite.closed';
  static override readonly title = 'The invite is closed';
  override readonly extensions: Readonly<Record<string, unknown>>;

  constructor(readonly status: 'accepted' | 'revoked') {
    super(`The invite has been ${status}; make a new one.`);
    this.extensions = { inviteStatus: status };
  }
}

/** One answer for a token that is unknown, was used, was revoked, was replaced by a newer one or is too old. */
export class InvalidInviteTokenError extends RejectedError {
  static override readonly code = 'invite.invalid_token';
  static override readonly title = 'The invite is no longer valid';
  override readonly errors = [{ pointer: '/token', code: 'invalid', message: 'is not valid, or no longer' }];

  constructor() {
    super(
      'The invite was accepted or withdrawn before, has been replaced by a newer one or is too old; ask for another.',
    );
  }
}

export class InviteAccountExistsError extends ConflictError {
  static override readonly code = 'invite.account_exists';
  static override readonly title = 'The address has an account';

  constructor() {
    super(
      'There is an account with the address of this invite; sign in to it, and accept the invite with its access token.',
    );
  }
}

export class InviteNotGrantableError extends ConflictError {
  static override readonly code = 'invite.not_grantable';
  static override readonly title = 'Nobody stands behind the invite any more';

  constructor() {
    super('Whoever sent this invite may no longer give the roles in it; ask for another.');
  }
}
