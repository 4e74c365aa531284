import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { newId } from '../common/ids.js';
import type { Page, PageRequest } from '../common/pagination/page.dto.js';
import { Grouped } from '../database/grouped.js';
import { Pages } from '../database/pages.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { Mail, type MailStatus, mailStatusSql } from './entities/mail.entity.js';

/** The right to send one mail, until `leaseUntil`. */
export interface MailClaim {
  readonly id: string;
  readonly createdAt: Date;
  /** As PostgreSQL writes it, to the microsecond: it also tells this claim from a later one. */
  readonly leaseUntil: string;
}

interface WantedClaim {
  readonly dedupeKey: string;
  readonly template: string;
  readonly recipient: string;
  readonly leaseSeconds: number;
}

/** What of a mail is kept until it has been sent, beside its recipient. */
export interface KeptContent {
  readonly recipientName: string | null;
  readonly locale: string | null;
  readonly sealedData: Buffer;
}

/** A mail that waits to be sent by a job. */
export interface WaitingMail extends KeptContent {
  readonly dedupeKey: string;
  readonly template: string;
  readonly recipient: string;
}

/** Which mail: by its id, or by the key that makes it one. */
export type MailRef = Readonly<{ id: string } | { dedupeKey: string }>;

interface HandOver {
  readonly claim: MailClaim;
  readonly content: KeptContent | null;
}

const isNamed = (mail: MailRef): [condition: string, value: string] =>
  'id' in mail ? ['id = $1', mail.id] : ['dedupe_key = $1', mail.dedupeKey];

/** The last mail to somebody who is to be forgotten: its address is not kept. */
const FAREWELL = 'account-erased';

/** Every query of mails. */
@Injectable()
export class MailsRepository {
  /** Mails to an address, in any case of letters, by the index made for it. */
  static readonly OF_ADDRESS = `SELECT id FROM mails WHERE lower(recipient) = lower($1)`;

  private readonly claims = new Grouped((wanted: readonly WantedClaim[]) => this.claimAll(wanted));
  private readonly handOvers = new Grouped((all: readonly HandOver[]) => this.noteAllHandOvers(all));
  private readonly departures = new Grouped((ids: readonly string[]) => this.markAllSent(ids));

  constructor(
    private readonly transactions: TransactionRunner,
    @InjectRepository(Mail) private readonly mails: Repository<Mail>,
    private readonly pages: Pages,
  ) {}

  /** Takes the right to send a mail; null when it has been sent, or may have been, or when another process holds that right. */
  claim(mail: Omit<WantedClaim, 'leaseSeconds'>, leaseSeconds: number): Promise<MailClaim | null> {
    return this.claims.run({ ...mail, leaseSeconds });
  }

  private async claimAll(wanted: readonly WantedClaim[]): Promise<(MailClaim | null)[]> {
    const claims = await this.transactions.query<MailClaim & { dedupeKey: string }>(
      `INSERT INTO mails (id, dedupe_key, template, recipient, lease_until)
       SELECT id, dedupe_key, template, recipient, clock_timestamp() + make_interval(secs => lease_seconds)
       FROM unnest((SELECT $1::uuid[]), (SELECT $2::text[]), (SELECT $3::text[]), (SELECT $4::text[]), (SELECT $5::float8[]))
         AS wanted (id, dedupe_key, template, recipient, lease_seconds)
       ON CONFLICT (dedupe_key) DO UPDATE SET lease_until = EXCLUDED.lease_until, recipient = EXCLUDED.recipient
         WHERE mails.sent_at IS NULL AND mails.handing_over_since IS NULL
           AND (mails.lease_until IS NULL OR mails.lease_until <= clock_timestamp())
       RETURNING id, dedupe_key AS "dedupeKey", created_at AS "createdAt", lease_until::text AS "leaseUntil"`,
      [
        wanted.map(() => newId()),
        wanted.map(({ dedupeKey }) => dedupeKey),
        wanted.map(({ template }) => template),
        wanted.map(({ recipient }) => recipient),
        wanted.map(({ leaseSeconds }) => leaseSeconds),
      ],
    );
    const byKey = new Map(claims.map((claim) => [claim.dedupeKey, claim]));
    return wanted.map(({ dedupeKey }) => byKey.get(dedupeKey) ?? null);
  }

  /** Writes a mail that waits, unless there is one with its dedupe key. */
  async insert(mail: WaitingMail & { id: string }): Promise<void> {
    await this.transactions.execute(
      `INSERT INTO mails (id, dedupe_key, template, recipient, recipient_name, locale, sealed_data)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (dedupe_key) DO NOTHING`,
      [mail.id, mail.dedupeKey, mail.template, mail.recipient, mail.recipientName, mail.locale, mail.sealedData],
    );
  }

  /** Takes the right to send a mail that waits; null when it does not wait any more, may have been sent, or another process holds that right. */
  claimQueued(mailId: string, leaseSeconds: number): Promise<(MailClaim & WaitingMail) | null> {
    return this.transactions.queryOne<MailClaim & WaitingMail>(
      `UPDATE mails SET lease_until = clock_timestamp() + make_interval(secs => $2)
       WHERE id = $1 AND sealed_data IS NOT NULL AND handing_over_since IS NULL AND (lease_until IS NULL OR lease_until <= clock_timestamp())
       RETURNING id, created_at AS "createdAt", lease_until::text AS "leaseUntil", dedupe_key AS "dedupeKey", template,
         recipient, recipient_name AS "recipientName", locale, sealed_data AS "sealedData"`,
      [mailId, leaseSeconds],
    );
  }

  /**
   * Whether a mail is still to be sent: neither sent nor uncertain, and an enqueued one not given up either; and whether it became uncertain
   * by the death of the process that was sending it.
   */
  async findOutcome(mail: MailRef): Promise<{ isOpen: boolean; isOrphan: boolean }> {
    const [condition, value] = isNamed(mail);
    const row = await this.transactions.queryOne<{ isOpen: boolean; isOrphan: boolean }>(
      `SELECT ${mailStatusSql('mails')} = 'unsent' ${'id' in mail ? 'AND sealed_data IS NOT NULL' : ''} AS "isOpen",
         handing_over_since IS NOT NULL AND coalesce(lease_until <= clock_timestamp(), false) AS "isOrphan"
       FROM mails WHERE ${condition}`,
      [value],
    );
    return row ?? { isOpen: false, isOrphan: false };
  }

  /**
   * Notes that the mail server may have the mail from now on, and keeps what it says if it is not kept already.
   *
   * @param content Null when it is kept already.
   * @returns false when the right to send it has passed, or its recipient is forgotten: it must not leave.
   */
  noteHandOver(claim: MailClaim, content: KeptContent | null): Promise<boolean> {
    return this.handOvers.run({ claim, content });
  }

  private async noteAllHandOvers(all: readonly HandOver[]): Promise<boolean[]> {
    const noted = await this.transactions.query<{ id: string }>(
      `UPDATE mails SET handing_over_since = clock_timestamp(),
         sealed_data = coalesce(noted.sealed_data, mails.sealed_data),
         recipient_name = coalesce(noted.recipient_name, mails.recipient_name), locale = coalesce(noted.locale, mails.locale)
       FROM unnest((SELECT $1::uuid[]), (SELECT $2::timestamptz[]), (SELECT $3::bytea[]), (SELECT $4::text[]), (SELECT $5::text[]))
         AS noted (id, lease_until, sealed_data, recipient_name, locale)
       WHERE mails.id = noted.id AND mails.lease_until = noted.lease_until AND mails.lease_until > clock_timestamp()
         AND mails.sent_at IS NULL AND mails.handing_over_since IS NULL AND mails.recipient <> ''
       RETURNING mails.id`,
      [
        all.map(({ claim }) => claim.id),
        all.map(({ claim }) => claim.leaseUntil),
        all.map(({ content }) => content?.sealedData ?? null),
        all.map(({ content }) => content?.recipientName ?? null),
        all.map(({ content }) => content?.locale ?? null),
      ],
    );
    const ids = new Set(noted.map(({ id }) => id));
    return all.map(({ claim }) => ids.has(claim.id));
  }

  /** Notes that the mail has left, whoever holds the right to send it by now, and forgets what it said. */
  markSent(claim: MailClaim): Promise<void> {
    return this.departures.run(claim.id);
  }

  private async markAllSent(ids: readonly string[]): Promise<void[]> {
    await this.transactions.execute(
      `UPDATE mails SET sent_at = clock_timestamp(), lease_until = NULL, handing_over_since = NULL, sealed_data = NULL, recipient_name = NULL,
         recipient = CASE WHEN template = $2 THEN '' ELSE recipient END
       WHERE id = ANY ((SELECT $1::uuid[])::uuid[]) AND sent_at IS NULL`,
      [ids, FAREWELL],
    );
    return ids.map(() => undefined);
  }

  /** Gives the right to send back, as the mail server does not have the mail; unless another process has taken that right since. */
  async release(claim: MailClaim): Promise<void> {
    await this.transactions.execute(
      `UPDATE mails SET lease_until = NULL, handing_over_since = NULL
       WHERE id = $1 AND lease_until = $2::timestamptz AND sent_at IS NULL`,
      [claim.id, claim.leaseUntil],
    );
  }

  /** Gives the right to send back without knowing whether the mail server has the mail: nobody takes it any more. */
  async leaveUncertain(claim: MailClaim): Promise<void> {
    await this.transactions.execute(
      `UPDATE mails SET lease_until = NULL WHERE id = $1 AND handing_over_since IS NOT NULL`,
      [claim.id],
    );
  }

  /** Ends the lease of a process that died while the mail server may have got the mail. @returns whether this call did. */
  endDeadLease(mail: MailRef): Promise<boolean> {
    const [condition, value] = isNamed(mail);
    return this.transactions.executeOne(
      `UPDATE mails SET lease_until = NULL
       WHERE ${condition} AND handing_over_since IS NOT NULL AND lease_until <= clock_timestamp()`,
      [value],
    );
  }

  /** Lets an uncertain mail wait to be sent once more, if what it says is still kept. @returns what number of repeat it will be, or null. */
  async reopen(id: string): Promise<number | null> {
    const row = await this.transactions.queryOne<{ resends: number }>(
      `UPDATE mails SET handing_over_since = NULL, lease_until = NULL, resends = resends + 1
       WHERE id = $1 AND sealed_data IS NOT NULL AND ${mailStatusSql('mails')} = 'uncertain' RETURNING resends`,
      [id],
    );
    return row?.resends ?? null;
  }

  find(id: string): Promise<Mail | null> {
    return this.mails.findOneBy({ id });
  }

  /** Newest first. What was not sent is found by an index of its own, so that the few uncertain ones are. */
  findPage({ status, ...request }: PageRequest & { status?: MailStatus }): Promise<Page<Mail>> {
    const query = this.mails.createQueryBuilder('m');
    if (status)
      query.where(`${mailStatusSql('m')} = :status AND m.sent_at IS ${status === 'sent' ? 'NOT NULL' : 'NULL'}`);
    query.setParameters({ status });
    const context = `mails ${status ?? ''}`;
    return this.pages.of(query, request, { by: ['m.createdAt', 'm.id'], isDescending: true, context });
  }

  async countUncertain(): Promise<number> {
    const row = await this.transactions.queryOne<{ count: number }>(
      `SELECT count(*)::int AS count FROM mails AS m WHERE sent_at IS NULL AND ${mailStatusSql('m')} = 'uncertain'`,
    );
    return row!.count;
  }

  /** Takes an address out of every mail: what was sent stays noted, and what waits is not sent. */
  async forget(address: string): Promise<void> {
    await this.transactions.execute(
      `UPDATE mails SET recipient = '', recipient_name = NULL, sealed_data = NULL WHERE id IN (${MailsRepository.OF_ADDRESS})`,
      [address],
    );
  }

  /** Takes the address out of the mails with these dedupe keys; what waits of them is not sent. */
  async forgetKeys(dedupeKeys: readonly string[]): Promise<void> {
    await this.transactions.execute(
      `UPDATE mails SET recipient = '', recipient_name = NULL, sealed_data = NULL WHERE dedupe_key = ANY ($1::text[])`,
      [dedupeKeys],
    );
  }

  /**
   * Gives up to `limit` mails up that have been waiting for more than `hours`, or uncertain for more than `uncertainHours`, and deletes what
   * they say. @returns how many.
   */
  giveUp(hours: number, uncertainHours: number, limit: number): Promise<number> {
    return this.transactions.execute(
      `UPDATE mails SET sealed_data = NULL, recipient_name = NULL,
         recipient = CASE WHEN template = $3 THEN '' ELSE recipient END
       WHERE id IN (SELECT id FROM mails WHERE sent_at IS NULL AND sealed_data IS NOT NULL
          AND created_at < now() - make_interval(hours => CASE WHEN handing_over_since IS NULL THEN $1::int ELSE $4::int END)
          AND created_at < now() - make_interval(hours => least($1::int, $4::int)) ORDER BY created_at LIMIT $2)`,
      [hours, limit, FAREWELL, uncertainHours],
    );
  }

  /** Deletes up to `limit` mails asked for more than `days` ago. @returns how many. */
  purge(days: number, limit: number): Promise<number> {
    return this.transactions.execute(
      `DELETE FROM mails WHERE id IN
         (SELECT id FROM mails WHERE created_at < now() - make_interval(days => $1) ORDER BY created_at LIMIT $2)`,
      [days, limit],
    );
  }
}
