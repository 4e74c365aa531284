import { Secrets } from '../../src/common/secrets.js';
import type { TemplateData, TemplateName } from '../../src/mail/templates/templates.js';
import type { AuditLog } from '../../src/audit/audit-log.js';
import { Outbox } from '../../src/jobs/outbox.js';
import { MailOutcomes } from '../../src/mail/mail-outcomes.service.js';
import { MailsRepository } from '../../src/mail/mails.repository.js';
import type { TestApp } from './test-app.js';
import type { TestWorker } from './test-worker.js';

type Template = TemplateName;

/** A mail that waits for a job to send it, with the data it will be made from. */
export interface QueuedMail<Name extends Template = Template> {
  template: Name;
  recipient: string;
  recipientName: string | null;
  locale: string | null;
  data: TemplateData<Name>;
}

/** What waits to be sent to an address, oldest first; for apps that run no jobs. */
export async function mailsTo<Name extends Template>(
  { app, database }: TestApp,
  recipient: string,
  template?: Name,
): Promise<QueuedMail<Name>[]> {
  const rows = await database.query<Omit<QueuedMail<Name>, 'data'> & { sealedData: Buffer }>(
    `SELECT template, recipient, recipient_name AS "recipientName", locale, sealed_data AS "sealedData" FROM mails
     WHERE lower(recipient) = lower($1) AND ($2::text IS NULL OR template = $2) AND sealed_data IS NOT NULL ORDER BY created_at, id`,
    [recipient, template ?? null],
  );
  const secrets = app.get(Secrets);
  return rows.map(({ sealedData, ...mail }) => ({
    ...mail,
    data: JSON.parse(secrets.decrypt('mail-data', sealedData)) as TemplateData<Name>,
  }));
}

/** The one mail of a template that waits to be sent to an address. @throws when there is none, or more. */
export async function onlyMailTo<Name extends Template>(
  app: TestApp,
  recipient: string,
  template: Name,
): Promise<QueuedMail<Name>> {
  const [mail, ...more] = await mailsTo(app, recipient, template);
  if (!mail || more.length > 0) {
    throw new Error(`${mail ? more.length + 1 : 0} mails of ${template} wait for ${recipient}, and not one`);
  }
  return mail;
}

/** Asks, as staff can, for every uncertain mail to be sent once more. @returns how many there were. */
export async function resendUncertain({ module, database }: TestWorker): Promise<number> {
  const mails = module.get(MailsRepository, { strict: false });
  const audit = { record: () => Promise.resolve() } as Pick<AuditLog, 'record'> as AuditLog;
  const outcomes = new MailOutcomes(database, mails, module.get(Outbox, { strict: false }), audit);
  const { data } = await outcomes.list({ status: 'uncertain', limit: 100 });
  for (const { id } of data) await outcomes.resend(id);
  return data.length;
}
