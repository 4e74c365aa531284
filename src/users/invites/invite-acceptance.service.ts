import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { RoleGrants } from '../roles/role-grants.js';
import { UserRolesService } from '../staff/user-roles.service.js';
import { UserEmailTakenError } from '../users.errors.js';
import type { UserDetails } from '../users.repository.js';
import { UsersService } from '../users.service.js';
import { InviteRecord } from './invite-record.js';
import { INVITE_TOKEN } from './invite-token.js';
import { InvalidInviteTokenError, InviteAccountExistsError, InviteNotGrantableError } from './invites.errors.js';
import { InvitesRepository, type OpenInvite } from './invites.repository.js';

/** What an invite offers to whoever holds its token. */
export interface InviteOffer {
  email: string;
  name: string | null;
  /** True when an account waits for its first password; accepting makes one otherwise. */
  isPrepared: boolean;
}

/** Accepting invites. The roles are given only if whoever invited could still give them at that moment. */
@Injectable()
export class InviteAcceptance {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly invites: InvitesRepository,
    private readonly users: UsersService,
    private readonly userRoles: UserRolesService,
    private readonly grants: RoleGrants,
    private readonly record: InviteRecord,
  ) {}

  /** What a token offers; nothing is used up by asking. @throws InvalidInviteTokenError */
  async find(token: string): Promise<InviteOffer> {
    const hash = INVITE_TOKEN.hashOf(token);
    const invite = hash && (await this.invites.findOpen(hash));
    if (!invite) throw new InvalidInviteTokenError();
    return { email: invite.email, name: invite.name, isPrepared: invite.preparedUserId !== null };
  }

  /**
   * Accepts an invite with a new password: makes the account with its roles, or opens the one that staff made. Its address is proven
   * by the token.
   *
   * @param account `name` null keeps the name of the invite.
   * @throws InvalidInviteTokenError, also for all but one who accept at the same moment; InviteAccountExistsError,
   *   InviteNotGrantableError.
   */
  async acceptWithPassword(
    token: string,
    account: { passwordHash: string; name: string | null },
  ): Promise<UserDetails> {
    try {
      return await this.accept(token, (invite) =>
        invite.preparedUserId === null ? this.makeAccount(invite, account) : this.openAccount(invite, account),
      );
    } catch (error) {
      if (error instanceof UserEmailTakenError) throw new InviteAccountExistsError();
      throw error;
    }
  }

  /**
   * Accepts an invite for an account that its owner is signed in to.
   *
   * @param userId The account of the address that was invited.
   * @throws InvalidInviteTokenError, InviteNotGrantableError; InviteAccountExistsError when the address is not that of the account.
   */
  acceptSignedIn(token: string, userId: string): Promise<UserDetails> {
    return this.accept(token, async (invite) => {
      const owner = await this.users.findCredentials(invite.email);
      if (owner?.userId !== userId) throw new InviteAccountExistsError();
      // An account that staff made has had its roles since; taking some away again in the meantime must count.
      if (invite.preparedUserId === userId) return userId;
      await this.checkGrantable(invite);
      if (!(await this.userRoles.add(userId, invite.roles))) throw new InvalidInviteTokenError();
      return userId;
    });
  }

  private accept(token: string, open: (invite: OpenInvite) => Promise<string>): Promise<UserDetails> {
    const hash = INVITE_TOKEN.hashOf(token);
    if (!hash) throw new InvalidInviteTokenError();
    return this.transactions.run(async () => {
      const invite = await this.invites.take(hash);
      if (!invite) throw new InvalidInviteTokenError();
      const userId = await open(invite);
      await this.invites.markAccepted(invite.id, userId);
      await this.record.accepted(invite, userId);
      return this.users.get(userId);
    });
  }

  private async makeAccount(
    invite: OpenInvite,
    { passwordHash, name }: { passwordHash: string; name: string | null },
  ): Promise<string> {
    await this.checkGrantable(invite);
    const { email, roles } = invite;
    const account = { email, name: name ?? invite.name, passwordHash, roles, emailVerifiedAt: new Date() };
    return (await this.users.create(account)).id;
  }

  private async openAccount(
    { preparedUserId, email, emailCanonical }: OpenInvite,
    account: { passwordHash: string; name: string | null },
  ): Promise<string> {
    const userId = preparedUserId!;
    const version = await this.invites.openAccount(userId, { emailCanonical, ...account });
    if (version === null) {
      const owner = await this.users.findActiveByEmail(email);
      throw owner ? new InviteAccountExistsError() : new InvalidInviteTokenError();
    }
    await this.record.passwordChosen(userId, version);
    return userId;
  }

  private async checkGrantable({ invitedBy, roles }: OpenInvite): Promise<void> {
    if (!(await this.grants.couldGive(invitedBy, roles))) throw new InviteNotGrantableError();
  }
}
