import { AuditLog, type AuditEntry } from '../../../src/audit/audit-log.js';
import { MailService } from '../../../src/mail/mail.service.js';
import type { TestApp } from '../../support/test-app.js';

/** A mail that the app has put into its transaction. */
export interface WatchedMail {
  template: string;
  to: { name: string; address: string };
  locale?: string | null;
  data: Record<string, unknown>;
}

/** Looks on while the app records and mails; everything happens as always. */
export function watch(app: TestApp): {
  mailsTo: (address: string) => WatchedMail[];
  auditOf: (targetId: string) => AuditEntry[];
} {
  const mails = jest.spyOn(app.app.get(MailService, { strict: false }), 'enqueue');
  const audit = jest.spyOn(app.app.get(AuditLog, { strict: false }), 'record');
  return {
    mailsTo: (address) =>
      mails.mock.calls.map(([mail]) => mail as unknown as WatchedMail).filter(({ to }) => to.address === address),
    auditOf: (targetId) => audit.mock.calls.map(([entry]) => entry).filter(({ target }) => target?.id === targetId),
  };
}

/** The events of one thing, oldest first: type and version. */
export async function eventsOf(app: TestApp, aggregateId: string): Promise<[string, number][]> {
  const rows = await app.database.query<{ type: string; version: number }>(
    `SELECT type, aggregate_version AS version FROM outbox_events WHERE aggregate_id = $1 ORDER BY aggregate_version`,
    [aggregateId],
  );
  return rows.map(({ type, version }) => [type, version]);
}
