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
