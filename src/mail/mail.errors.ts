import { conflict, notFound } from '../common/errors/domain.error.js';

export class MailNotFoundError extends notFound('mail.not_found', 'Mail not found', 'There is no such mail.') {}

export class MailNotUncertainError extends conflict(
  'mail.not_uncertain',
  'Mail is not uncertain',
  'Only a mail of which nobody knows whether it has arrived can be sent again, and only while what it says is kept.',
) {}

/** Another process is sending this very mail, or died while it did; the job tries again later. */
export class MailInProgressError extends Error {
  constructor(readonly dedupeKey: string) {
    super(`The mail ${dedupeKey} is being sent by another process`);
    this.name = 'MailInProgressError';
  }
}

/** The recipient is no single address that could stand in a header. The address itself is left out: errors are logged. */
export class InvalidRecipientError extends Error {
  constructor(readonly dedupeKey: string) {
    super(`The recipient of the mail ${dedupeKey} is not one plain address`);
    this.name = 'InvalidRecipientError';
  }
}

/** The mail server did not take the mail. Addresses and links that it repeats are left out: errors are logged, and kept with the job. */
export class MailNotTakenError extends Error {
  constructor(
    readonly dedupeKey: string,
    reason: unknown,
  ) {
    super(`The mail ${dedupeKey} was not taken: ${saidOf(reason)}`);
    this.name = 'MailNotTakenError';
  }
}

/** What a mail server said, without the addresses and links that it repeats. */
export function saidOf(reason: unknown): string {
  return (reason instanceof Error ? reason.message : String(reason))
    .replace(/https?:\/\/\S+/gi, '<link>')
    .replace(/[^\s<>:;,="']+@[^\s<>:;,="']+/g, '<address>')
    .slice(0, 500);
}
