import { Injectable } from '@nestjs/common';
import { newId } from '../common/ids.js';
import { Secrets } from '../common/secrets.js';
import { Outbox } from '../jobs/outbox.js';
import { MailRequestedEvent } from './events/mail-requested.event.js';
import { MailDelivery } from './mail-delivery.js';
import { MailInProgressError } from './mail.errors.js';
import type { MailAddress } from './mail-transport.js';
import { type KeptContent, MailsRepository } from './mails.repository.js';
import { MailRenderer } from './templates/mail-renderer.js';
import type { TemplateData, TemplateName } from './templates/templates.js';

/** A mail that is to be sent. */
export interface MailRequest<Name extends TemplateName> {
  /** What makes it this mail and no other, such as `order-confirmation:<order id>`: it is sent once per key. */
  readonly dedupeKey: string;
  readonly template: Name;
  readonly to: string | MailAddress;
  /** BCP 47; the language of the shop when absent or not spoken. */
  readonly locale?: string | null;
  readonly data: TemplateData<Name>;
}

/** A mail that is to leave once the open transaction has committed. */
export interface QueuedMail<Name extends TemplateName> {
  /** As in `MailRequest`: nothing is written when there is a mail with it. Without one, every call is a mail of its own. */
  readonly dedupeKey?: string;
  readonly template: Name;
  readonly to: string | MailAddress;
  /** BCP 47; the language of the shop when absent or not spoken. */
  readonly locale?: string | null;
  readonly data: TemplateData<Name>;
}

/** To whom a mail about an account goes, and in which language: its owner. */
export const toOwner = ({ email, name, locale }: { email: string; name: string | null; locale: string | null }) => ({
  to: { name: name ?? '', address: email },
  locale,
});

/** Sends mail, each once: now and for jobs only, or by a job of its own after the open transaction. */
@Injectable()
export class MailService {
  constructor(
    private readonly mails: MailsRepository,
    private readonly delivery: MailDelivery,
    private readonly renderer: MailRenderer,
    private readonly outbox: Outbox,
    private readonly secrets: Secrets,
  ) {}

  /**
   * Sends the mail unless one with its `dedupeKey` has been sent, or may have been; safe to call again after any failure. For jobs: a
   * request must not wait for a mail server. Of several processes that call at once, one sends. A mail that becomes uncertain counts as
   * dealt with: staff decide about it.
   *
   * @throws MailInProgressError when another process is sending it; InvalidRecipientError, MailNotTakenError
   */
  async send<Name extends TemplateName>({ dedupeKey, template, locale, ...request }: MailRequest<Name>): Promise<void> {
    const to = asAddress(request.to);
    this.delivery.checkRecipient(to.address, dedupeKey);
    const content = this.renderer.render(template, request.data, { name: to.name, locale });
    const isSettled = await this.delivery.deliver(
      (leaseSeconds) => this.mails.claim({ dedupeKey, template, recipient: to.address }, leaseSeconds),
      () => ({ dedupeKey, to, content, keep: () => this.kept(to, locale, request.data) }),
    );
    if (!isSettled && (await this.delivery.isOpen({ dedupeKey }))) throw new MailInProgressError(dedupeKey);
  }

  /**
   * Writes the mail into the open transaction, its data encrypted until it has been sent; a job sends it once that has committed, and
   * nobody does after a rollback.
   *
   * @throws Error when no transaction is open.
   */
  async enqueue<Name extends TemplateName>({
    dedupeKey,
    template,
    locale,
    data,
    ...mail
  }: QueuedMail<Name>): Promise<void> {
    const to = asAddress(mail.to);
    const event = new MailRequestedEvent(newId());
    await this.outbox.add(event);
    await this.mails.insert({
      id: event.aggregateId,
      dedupeKey: dedupeKey ?? keyOf(event.aggregateId),
      template,
      recipient: to.address,
      ...this.kept(to, locale, data),
    });
  }

  /**
   * Sends a mail that was enqueued, unless it has been sent, may have been, or is no longer to be sent; safe to call again after any failure.
   *
   * @throws MailInProgressError when another process is sending it; InvalidRecipientError, MailNotTakenError
   */
  async sendQueued(mailId: string): Promise<void> {
    const isSettled = await this.delivery.deliver(
      (leaseSeconds) => this.mails.claimQueued(mailId, leaseSeconds),
      ({ dedupeKey, template, recipient, recipientName, locale, sealedData }) => ({
        dedupeKey,
        to: { name: recipientName ?? '', address: recipient },
        content: this.renderer.render(
          template as TemplateName,
          JSON.parse(this.secrets.decrypt('mail-data', sealedData)) as TemplateData<TemplateName>,
          { name: recipientName ?? '', locale },
        ),
      }),
    );
    if (!isSettled && (await this.delivery.isOpen({ id: mailId }))) throw new MailInProgressError(keyOf(mailId));
  }

  /** Takes the address out of the mails that were sent under these dedupe keys, whichever address that was. */
  forgetKeys(dedupeKeys: readonly string[]): Promise<void> {
    return this.mails.forgetKeys(dedupeKeys);
  }

  /** Takes an address out of every mail, because its owner is to be forgotten; mails to it that wait are not sent. */
  forget(address: string): Promise<void> {
    return this.mails.forget(address);
  }

  private kept(to: MailAddress, locale: string | null | undefined, data: object): KeptContent {
    return {
      recipientName: to.name === '' ? null : to.name,
      locale: locale ?? null,
      sealedData: this.secrets.encrypt('mail-data', JSON.stringify(data)),
    };
  }
}

function keyOf(mailId: string): string {
  return `mail:${mailId}`;
}

function asAddress(to: string | MailAddress): MailAddress {
  return typeof to === 'string' ? { name: '', address: to } : to;
}
