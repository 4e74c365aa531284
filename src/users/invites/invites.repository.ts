import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type FindOptionsWhere, IsNull, type QueryDeepPartialEntity, Raw, type Repository } from 'typeorm';
import type { Page } from '../../common/pagination/page.dto.js';
import { Pages } from '../../database/pages.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { ListInvitesDto } from './dto/invite.dto.js';
import { Invite, inviteStatusSql } from './entities/invite.entity.js';

const OPEN: FindOptionsWhere<Invite> = { acceptedAt: IsNull(), revokedAt: IsNull() };
const NOT_RUN_OUT: FindOptionsWhere<Invite> = { expiresAt: Raw((expiresAt) => `${expiresAt} > now()`) };

/** Invites. */
@Injectable()
export class InvitesRepository {
  constructor(
    private readonly transactions: TransactionRunner,
    @InjectRepository(Invite) private readonly invites: Repository<Invite>,
    private readonly pages: Pages,
  ) {}

  /** Lets one new invite to an address follow another, until the transaction ends. */
  async lockAddress(emailCanonical: string): Promise<void> {
    await this.transactions.query(`SELECT pg_advisory_xact_lock('invites'::regclass::int, hashtext($1))`, [
      emailCanonical,
    ]);
  }

  async insert(invite: QueryDeepPartialEntity<Invite>): Promise<void> {
    await this.invites.insert(invite);
  }

  find(id: string): Promise<Invite | null> {
    return this.invites.findOneBy({ id });
  }

  /** Reads the invite under lock, so that changes of it follow each other. */
  lock(id: string): Promise<Invite | null> {
    return this.invites.findOne({ where: { id }, lock: { mode: 'for_no_key_update' } });
  }

  /** Locks what is open for an address, one at most. */
  lockOpen(emailCanonical: string): Promise<Invite | null> {
    return this.invites.findOne({ where: { emailCanonical, ...OPEN }, lock: { mode: 'for_no_key_update' } });
  }

  /** Changes a locked invite, as a new version. */
  async change({ id }: Invite, change: QueryDeepPartialEntity<Invite>): Promise<void> {
    await this.invites.update({ id }, change);
  }

  /** The invite that a token opens. */
  findOpen(tokenHash: Buffer): Promise<Invite | null> {
    return this.invites.findOneBy({ tokenHash, ...OPEN, ...NOT_RUN_OUT });
  }

  /** The invite that a token opens, under lock: of several at once, one gets it, and the others find it accepted. */
  lockByToken(tokenHash: Buffer): Promise<Invite | null> {
    return this.invites.findOne({
      where: { tokenHash, ...OPEN, ...NOT_RUN_OUT },
      lock: { mode: 'for_no_key_update' },
    });
  }

  /** Newest first; ids are in the order of creation. */
  findPage({ status, ...request }: ListInvitesDto): Promise<Page<Invite>> {
    const query = this.invites.createQueryBuilder('i');
    if (status) query.where(`${inviteStatusSql('i')} IN (:...status)`, { status });
    return this.pages.of(query, request, {
      by: ['i.id'],
      isDescending: true,
      context: `invites ${JSON.stringify(status ?? null)}`,
    });
  }

  /** The invites that a user got: to the account that was made for them, accepted by them, or to an address that they have proven. */
  listOf(userId: string): Promise<Invite[]> {
    return this.invites
      .createQueryBuilder('i')
      .where(
        `i.preparedUserId = :userId OR i.acceptedBy = :userId
          OR i.emailCanonical IN (SELECT email_canonical FROM users WHERE id = :userId AND email_verified_at IS NOT NULL)`,
        { userId },
      )
      .orderBy('i.id')
      .getMany();
  }

  /** Deletes the invites that a user got. @param emailCanonical The address that they have proven; null for none. */
  async deleteOf(userId: string, emailCanonical: string | null): Promise<void> {
    const got: FindOptionsWhere<Invite>[] = [{ preparedUserId: userId }, { acceptedBy: userId }];
    await this.invites.delete(emailCanonical === null ? got : [...got, { emailCanonical }]);
  }

  /** Deletes up to `limit` invites that ran out over 90 days ago. @returns how many. */
  purgeEnded(limit: number): Promise<number> {
    return this.transactions.purge('invites', `expires_at < now() - interval '90 days'`, limit);
  }
}
