import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { raise } from '../../common/errors/domain.error.js';
import { assertVersion } from '../../common/errors/request.errors.js';
import { newId } from '../../common/ids.js';
import type { Page } from '../../common/pagination/page.dto.js';
import { OpaqueToken } from '../../common/security/opaque-token.js';
import { type Actor, responsibleUserId } from '../../common/security/principal.js';
import { canonicalEmail } from '../../common/validation/email-address.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import { MailService } from '../../mail/mail.service.js';
import { RoleGrants } from '../roles/role-grants.js';
import type { UserDetails } from '../users.repository.js';
import { type InviteChange, InviteEvent } from '../events/user.event.js';
import type { CreateInviteDto, ListInvitesDto } from './dto/invite.dto.js';
import type { Invite } from './entities/invite.entity.js';
import { InviteClosedError, InviteNotFoundError } from './invites.errors.js';
import { InvitesRepository } from './invites.repository.js';

const LIFE_HOURS = 72;

/** By the clock of the database, which also says when an invite was made and whether it has run out. */
const endOfLife = (): string => `now() + interval '${LIFE_HOURS} hours'`;

/** Tokens of invites. */
export const INVITE_TOKEN = new OpaqueToken('shn_');

type Addressee = Pick<Invite, 'email' | 'name' | 'roles'> & { locale: string | null };

/** Asking people to join the staff. An invite works once, for 72 hours, and a new one to the same address replaces it. */
@Injectable()
export class InvitesService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly invites: InvitesRepository,
    private readonly grants: RoleGrants,
    private readonly mail: MailService,
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Invites somebody to hold roles, and sends the mail. Whoever invites answers for the roles until the invite is accepted.
   *
   * @throws InvalidRequestError for a name that is no role; ScopeExceededError when a role allows more than the inviter may do.
   */
  create({ email, name = null, roles }: CreateInviteDto, actor: Actor): Promise<Invite> {
    return this.transactions.run(async () => {
      await this.grants.check(roles, actor);
      return this.send({ email, name, roles, locale: null }, null, actor);
    });
  }

  /** In the transaction that makes an account without a password: invites its owner to choose one. The account has its roles already. */
  async prepare(user: UserDetails, actor: Actor): Promise<void> {
    await this.send(user, user.id, actor);
  }

  /** One page of all invites, newest first. */
  list(query: ListInvitesDto): Promise<Page<Invite>> {
    return this.invites.findPage(query);
  }

  /** @throws InviteNotFoundError */
  async get(id: string): Promise<Invite> {
    return (await this.invites.find(id)) ?? raise(new InviteNotFoundError());
  }

  /**
   * Withdraws an invite; one that is withdrawn already stays so.
   *
   * @throws InviteNotFoundError, VersionMismatchError; InviteClosedError when it has been accepted.
   */
  revoke(id: string, expectedVersion: number | undefined): Promise<void> {
    return this.transactions.run(async () => {
      const invite = await this.lock(id, expectedVersion);
      if (invite.status === 'accepted') throw new InviteClosedError('accepted');
      if (invite.status !== 'revoked') await this.withdraw(invite);
    });
  }

  /**
   * Sends an invite that is pending or has expired once more, with another token; the one before no longer works. Whoever resends it
   * answers for its roles from then on.
   *
   * @throws InviteNotFoundError, VersionMismatchError, ScopeExceededError; InviteClosedError when it was accepted or revoked.
   */
  resend(id: string, actor: Actor, expectedVersion: number | undefined): Promise<Invite> {
    return this.transactions.run(async () => {
      const invite = await this.lock(id, expectedVersion);
      if (invite.status === 'accepted' || invite.status === 'revoked') throw new InviteClosedError(invite.status);
      await this.grants.check(invite.roles, actor);
      const { token, hash: tokenHash } = INVITE_TOKEN.issue();
      await this.invites.change(invite, { tokenHash, invitedBy: responsibleUserId(actor), expiresAt: endOfLife });
      await this.record('invite.resent', { id, version: invite.version + 1 }, { roles: invite.roles });
      await this.post({ ...invite, locale: null }, token);
      return this.get(id);
    });
  }

  /**
   * Says what happened to an invite: as an event and to the audit log.
   *
   * @param version The version that the invite has after it.
   * @param userId Who acts although nobody is signed in: the account that an invite is accepted with.
   */
  async record(
    change: InviteChange,
    { id, version }: Pick<Invite, 'id' | 'version'>,
    after?: Readonly<Record<string, unknown>>,
    userId?: string,
  ): Promise<void> {
    await this.outbox.add(new InviteEvent(change, id, version));
    const actor = userId === undefined ? undefined : ({ kind: 'user', id: userId } as const);
    await this.audit.record({ action: change, actor, target: { type: 'invite', id }, after });
  }

  private async send(to: Addressee, preparedUserId: string | null, actor: Actor): Promise<Invite> {
    const id = newId();
    const email = to.email.trim();
    const emailCanonical = canonicalEmail(email);
    await this.invites.lockAddress(emailCanonical);
    const replaced = await this.invites.lockOpen(emailCanonical);
    if (replaced) await this.withdraw(replaced);
    const { token, hash: tokenHash } = INVITE_TOKEN.issue();
    const roles = [...to.roles].sort();
    const invitedBy = responsibleUserId(actor);
    const { name } = to;
    await this.invites.insert({
      id,
      email,
      emailCanonical,
      name,
      roles,
      tokenHash,
      preparedUserId,
      invitedBy,
      expiresAt: endOfLife,
    });
    await this.record('invite.created', { id, version: 1 }, { roles });
    await this.post({ ...to, email }, token);
    return this.get(id);
  }

  private async withdraw(invite: Invite): Promise<void> {
    await this.invites.change(invite, { revokedAt: () => 'now()' });
    await this.record('invite.revoked', { id: invite.id, version: invite.version + 1 });
  }

  private post({ email, name, roles, locale }: Addressee, token: string): Promise<void> {
    const to = { name: name ?? '', address: email };
    return this.mail.enqueue({ template: 'invite', to, locale, data: { token, roles, hours: LIFE_HOURS } });
  }

  private async lock(id: string, expectedVersion: number | undefined): Promise<Invite> {
    const invite = (await this.invites.lock(id)) ?? raise(new InviteNotFoundError());
    assertVersion(invite, expectedVersion);
    return invite;
  }
}
