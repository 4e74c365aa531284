import { Injectable } from '@nestjs/common';
import { raise } from '../../common/errors/domain.error.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { RoleGrants } from '../roles/role-grants.js';
import { StaffService } from '../staff/staff.service.js';
import { UserEmailTakenError } from '../users.errors.js';
import type { UserDetails } from '../users.repository.js';
import { UsersService } from '../users.service.js';
import type { Invite } from './entities/invite.entity.js';
import { InvalidInviteTokenError, InviteAccountExistsError, InviteNotGrantableError } from './invites.errors.js';
import { InvitesRepository } from './invites.repository.js';
import { INVITE_TOKEN, InvitesService } from './invites.service.js';

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
    private readonly staff: StaffService,
    private readonly grants: RoleGrants,
    private readonly service: InvitesService,
  ) {}

  /** What a token offers; nothing is used up by asking. @throws InvalidInviteTokenError */
  async find(token: string): Promise<InviteOffer> {
    const hash = INVITE_TOKEN.hashOf(token);
    const invite = (hash && (await this.invites.findOpen(hash))) ?? raise(new InvalidInviteTokenError());
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
      if (!(await this.staff.addRoles(userId, invite.roles))) throw new InvalidInviteTokenError();
      return userId;
    });
  }

  private accept(token: string, open: (invite: Invite) => Promise<string>): Promise<UserDetails> {
    const hash = INVITE_TOKEN.hashOf(token) ?? raise(new InvalidInviteTokenError());
    return this.transactions.run(async () => {
      const invite = (await this.invites.lockByToken(hash)) ?? raise(new InvalidInviteTokenError());
      const userId = await open(invite);
      await this.invites.change(invite, { acceptedAt: () => 'now()', acceptedBy: userId });
      const accepted = { id: invite.id, version: invite.version + 1 };
      await this.service.record('invite.accepted', accepted, { userId, roles: invite.roles }, userId);
      return this.users.get(userId);
    });
  }

  private async makeAccount(
    invite: Invite,
    { passwordHash, name }: { passwordHash: string; name: string | null },
  ): Promise<string> {
    await this.checkGrantable(invite);
    const { email, roles } = invite;
    const account = { email, name: name ?? invite.name, passwordHash, roles, emailVerifiedAt: new Date() };
    return (await this.users.create(account)).id;
  }

  private async openAccount(
    { preparedUserId, email, emailCanonical }: Invite,
    account: { passwordHash: string; name: string | null },
  ): Promise<string> {
    const userId = preparedUserId!;
    if (!(await this.users.open(userId, { emailCanonical, ...account }))) {
      const owner = await this.users.findActiveByEmail(email);
      throw owner ? new InviteAccountExistsError() : new InvalidInviteTokenError();
    }
    return userId;
  }

  private async checkGrantable({ invitedBy, roles }: Invite): Promise<void> {
    if (!(await this.grants.couldGive(invitedBy, roles))) throw new InviteNotGrantableError();
  }
}
