import { Injectable } from '@nestjs/common';
import { VersionMismatchError } from '../../common/errors/request.errors.js';
import { newId } from '../../common/ids.js';
import { Cursors } from '../../common/pagination/cursor.js';
import type { Page } from '../../common/pagination/page.dto.js';
import { type Actor, responsibleUserId } from '../../common/security/principal.js';
import { canonicalEmail } from '../../common/validation/email-address.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { MailService } from '../../mail/mail.service.js';
import { RoleGrants } from '../roles/role-grants.js';
import type { UserDetails } from '../users.repository.js';
import type { CreateInviteDto, ListInvitesDto } from './dto/invite.dto.js';
import { InviteRecord } from './invite-record.js';
import { INVITE_TOKEN } from './invite-token.js';
import { InviteClosedError, InviteNotFoundError } from './invites.errors.js';
import { type InviteDetails, InvitesRepository } from './invites.repository.js';

const LIFE_HOURS = 72;
const LIFE_SECONDS = LIFE_HOURS * 3600;
/** How long an invite can be looked at after it has run out. */
const KEPT_DAYS = 90;

/** Asking people to join the staff. An invite works once, for 72 hours, and a new one to the same address replaces it. */
@Injectable()
export class InvitesService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly invites: InvitesRepository,
    private readonly grants: RoleGrants,
    private readonly record: InviteRecord,
    private readonly mail: MailService,
    private readonly cursors: Cursors,
  ) {}

  /**
   * Invites somebody to hold roles, and sends the mail. Whoever invites answers for the roles until the invite is accepted.
   *
   * @throws InvalidRequestError for a name that is no role; ScopeExceededError when a role allows more than the inviter may do.
   */
  create({ email, name = null, roles }: CreateInviteDto, actor: Actor): Promise<InviteDetails> {
    return this.transactions.run(async () => {
      await this.grants.check(roles, actor);
      return this.send({ email, name, roles, locale: null, preparedUserId: null }, actor);
    });
  }

  /** In the transaction that makes an account without a password: invites its owner to choose one. The account has its roles already. */
  async prepare(user: UserDetails, actor: Actor): Promise<void> {
    const { id, email, name, roles, locale } = user;
    await this.send({ email, name, roles, locale, preparedUserId: id }, actor);
  }

  /** One page of all invites, newest first. @throws InvalidRequestError for a cursor of another list. */
  async list({ limit, cursor, count, status }: ListInvitesDto): Promise<Page<InviteDetails>> {
    const context = `invites ${JSON.stringify(status ?? null)}`;
    const before = cursor === undefined ? null : (this.cursors.decode(context, cursor)[0] as string);
    const rows = await this.invites.list(status, { before, limit: limit + 1 });
    const data = rows.slice(0, limit);
    const last = data.at(-1);
    return {
      data,
      nextCursor: rows.length > limit && last ? this.cursors.encode(context, [last.id]) : null,
      ...(count === 'exact' ? { total: await this.invites.count(status) } : {}),
    };
  }

  /** @throws InviteNotFoundError */
  async get(id: string): Promise<InviteDetails> {
    const invite = await this.invites.find(id);
    if (!invite) throw new InviteNotFoundError(id);
    return invite;
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
      if (invite.status === 'revoked') return;
      await this.invites.revoke(id);
      await this.record.changed('invite.revoked', { id, version: invite.version + 1 });
    });
  }

  /**
   * Sends an invite that is pending or has expired once more, with another token; the one before no longer works. Whoever resends it
   * answers for its roles from then on.
   *
   * @throws InviteNotFoundError, VersionMismatchError, ScopeExceededError; InviteClosedError when it was accepted or revoked.
   */
  resend(id: string, actor: Actor, expectedVersion: number | undefined): Promise<InviteDetails> {
    return this.transactions.run(async () => {
      const invite = await this.lock(id, expectedVersion);
      if (invite.status === 'accepted' || invite.status === 'revoked') throw new InviteClosedError(invite.status);
      await this.grants.check(invite.roles, actor);
      const { token, hash: tokenHash } = INVITE_TOKEN.issue();
      await this.invites.renew(id, {
        tokenHash,
        invitedBy: responsibleUserId(actor),
        ttlSeconds: LIFE_SECONDS,
      });
      await this.record.changed('invite.resent', { id, version: invite.version + 1 }, { roles: invite.roles });
      await this.post({ ...invite, locale: null }, token);
      return this.get(id);
    });
  }

  /** Deletes up to `limit` invites that ran out over 90 days ago. @returns how many. */
  purge(limit: number): Promise<number> {
    return this.invites.purge(KEPT_DAYS, limit);
  }

  private async send(
    invite: Pick<InviteDetails, 'email' | 'name' | 'roles' | 'preparedUserId'> & { locale: string | null },
    actor: Actor,
  ): Promise<InviteDetails> {
    const { name, preparedUserId } = invite;
    const email = invite.email.trim();
    const emailCanonical = canonicalEmail(email);
    await this.invites.lockAddress(emailCanonical);
    for (const replaced of await this.invites.revokeOpen(emailCanonical)) {
      await this.record.changed('invite.revoked', replaced);
    }
    const id = newId();
    const { token, hash: tokenHash } = INVITE_TOKEN.issue();
    const roles = [...invite.roles].sort();
    await this.invites.insert({
      id,
      email,
      emailCanonical,
      name,
      roles,
      tokenHash,
      preparedUserId,
      invitedBy: responsibleUserId(actor),
      ttlSeconds: LIFE_SECONDS,
    });
    await this.record.changed('invite.created', { id, version: 1 }, { roles });
    await this.post({ ...invite, email }, token);
    return this.get(id);
  }

  private post(
    { email, name, roles, locale }: Pick<InviteDetails, 'email' | 'name' | 'roles'> & { locale: string | null },
    token: string,
  ): Promise<void> {
    const to = { name: name ?? '', address: email };
    return this.mail.enqueue({ template: 'invite', to, locale, data: { token, roles, hours: LIFE_HOURS } });
  }

  private async lock(id: string, expectedVersion: number | undefined): Promise<InviteDetails> {
    const invite = await this.invites.lock(id);
    if (!invite) throw new InviteNotFoundError(id);
    if (expectedVersion !== undefined && expectedVersion !== invite.version)
      throw new VersionMismatchError(invite.version);
    return invite;
  }
}
