import { conflict, notFound, rejected } from '../../common/errors/domain.error.js';

export class InviteNotFoundError extends notFound(
  'invite.not_found',
  'No such invite',
  'There is no invite with this id.',
) {}

export class InviteClosedError extends conflict('invite.closed', 'The invite is closed') {
  override readonly extensions: Readonly<Record<string, unknown>>;

  constructor(readonly status: 'accepted' | 'revoked') {
    super(`The invite has been ${status}; make a new one.`);
    this.extensions = { inviteStatus: status };
  }
}

/** One answer for a token that is unknown, was used, was revoked, was replaced by a newer one or is too old. */
export class InvalidInviteTokenError extends rejected(
  'invite.invalid_token',
  'The invite is no longer valid',
  'The invite was accepted or withdrawn before, has been replaced by a newer one or is too old; ask for another.',
  { pointer: '/token', code: 'invalid', message: 'is not valid, or no longer' },
) {}

export class InviteAccountExistsError extends conflict(
  'invite.account_exists',
  'The address has an account',
  'There is an account with the address of this invite; sign in to it, and accept the invite with its access token.',
) {}

export class InviteNotGrantableError extends conflict(
  'invite.not_grantable',
  'Nobody stands behind the invite any more',
  'Whoever sent this invite may no longer give the roles in it; ask for another.',
) {}
