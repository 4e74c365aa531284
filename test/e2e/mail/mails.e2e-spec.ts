import { newId } from '../../../src/common/ids.js';
import { createStaff } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

interface MailBody {
  id: string;
  dedupeKey: string;
  template: string;
  status: string;
  handingOverSince: string | null;
  sentAt: string | null;
  resends: number;
}

const ADDRESS = 'grace.uncertain@example.com';

describe('what became of mails', () => {
  let app: TestApp;
  let token: string;
  beforeAll(async () => {
    app = await TestApp.start();
    ({ token } = await createStaff(app, ['jobs:read', 'jobs:write']));
  });
  afterAll(async () => {
    // Nobody could send them: what they say is no cipher text.
    await app.database.execute(
      `DELETE FROM outbox_events WHERE aggregate_id IN (SELECT id FROM mails WHERE recipient = $1)`,
      [ADDRESS],
    );
    await app.database.execute(`DELETE FROM mails WHERE recipient = $1`, [ADDRESS]);
    await app.close();
  });

  /** @param columns What is known of it, as SQL. */
  const write = async (columns: Record<string, string> = {}): Promise<string> => {
    const id = newId();
    const names = Object.keys(columns);
    await app.database.execute(
      `INSERT INTO mails (id, dedupe_key, template, recipient, ${['recipient_name', ...names].join(', ')})
       VALUES ($1::uuid, 'test:' || $1::text, 'account-disabled', $2, ${[`'Grace'`, ...Object.values(columns)].join(', ')})`,
      [id, ADDRESS],
    );
    return id;
  };
  const uncertain = () => write({ handing_over_since: 'now()', sealed_data: `'x'` });
  const read = async (id: string) => (await app.get(`/mails/${id}`, { token })).json<MailBody>();
  const resend = (id: string, request: object = {}) =>
    app.post(`/mails/${id}/resend`, undefined, { token, ...request });
  const events = (id: string) =>
    app.database.query(`SELECT type, aggregate_version AS version, data FROM outbox_events WHERE aggregate_id = $1`, [
      id,
    ]);

  it('lists the uncertain ones, newest first, page by page, without what they say and to whom', async () => {
    const ids = [await uncertain(), await uncertain(), await uncertain()];
    await write({ sent_at: 'now()' });
    // One that is being handed over now is not uncertain yet.
    await write({ handing_over_since: 'now()', lease_until: `now() + interval '1 minute'` });
    const seen: MailBody[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await app.get(`/mails?status=uncertain&limit=2${cursor && `&cursor=${cursor}`}`, { token });
      expect(page.statusCode).toBe(200);
      expect(page.body).not.toMatch(/Grace|grace/);
      const { data, nextCursor } = page.json<{ data: MailBody[]; nextCursor: string | null }>();
      seen.push(...data);
      cursor = nextCursor;
    }
    expect(seen.map(({ status }) => status)).toEqual(seen.map(() => 'uncertain'));
    expect(seen.map(({ id }) => id).filter((id) => ids.includes(id))).toEqual(ids.reverse());
  });

  it.each(['unsent', 'uncertain', 'sent'])('lists those that are %s', async (status) => {
    const made = { unsent: await write(), uncertain: await uncertain(), sent: await write({ sent_at: 'now()' }) };
    const { data } = (await app.get(`/mails?status=${status}&limit=100`, { token })).json<{ data: MailBody[] }>();
    const listed = Object.values(made).filter((id) => data.some((mail) => mail.id === id));
    expect(listed).toEqual([made[status as keyof typeof made]]);
    const { data: all } = (await app.get(`/mails?limit=100`, { token })).json<{ data: MailBody[] }>();
    const ids: string[] = Object.values(made).reverse();
    expect(all.map(({ id }) => id).filter((id) => ids.includes(id))).toEqual(ids);
  });

  it('shows one by its id, with exactly these members', async () => {
    const id = await uncertain();
    expect(await read(id)).toEqual({
      id,
      dedupeKey: `test:${id}`,
      template: 'account-disabled',
      status: 'uncertain',
      createdAt: expect.any(String) as string,
      handingOverSince: expect.any(String) as string,
      sentAt: null,
      resends: 0,
    });
    expect((await app.get(`/mails/${newId()}`, { token })).json()).toMatchObject({
      status: 404,
      code: 'mail.not_found',
    });
    expect((await app.get(`/mails/none`, { token })).statusCode).toBe(400);
    expect((await app.get(`/mails?status=lost`, { token })).statusCode).toBe(400);
  });

  it('sends an uncertain one again by a job, says so in the audit log, and does so once for one key', async () => {
    const id = await uncertain();
    for (let repeat = 0; repeat < 2; repeat++) {
      const answer = await resend(id, { key: `resend-${id}` });
      expect(answer.statusCode).toBe(202);
      expect(answer.json()).toMatchObject({ id, status: 'unsent', resends: 1, handingOverSince: null });
    }
    expect(await events(id)).toEqual([{ type: 'mail.requested', version: 2, data: { mailId: id } }]);
    const audited = await app.database.query(
      `SELECT action, before, after FROM audit_log WHERE target_type = 'mail' AND target_id = $1`,
      [id],
    );
    expect(audited).toEqual([{ action: 'mail.resent', before: null, after: { resends: 1 } }]);
  });

  it('sends it again once, of twenty who ask for that at the same moment', async () => {
    const id = await uncertain();
    const statuses = (await Promise.all(Array.from({ length: 20 }, () => resend(id)))).map(
      ({ statusCode }) => statusCode,
    );
    expect(statuses.sort()).toEqual([202, ...Array.from({ length: 19 }, () => 409)]);
    expect(await events(id)).toHaveLength(1);
    // It may become uncertain once more.
    await app.database.execute(`UPDATE mails SET handing_over_since = now() WHERE id = $1`, [id]);
    expect((await resend(id)).json()).toMatchObject({ resends: 2 });
    expect(await events(id)).toHaveLength(2);
  });

  it.each<[string, Record<string, string>]>([
    ['was sent', { sent_at: 'now()' }],
    ['waits', { sealed_data: `'x'` }],
    [
      'is being handed over',
      { sealed_data: `'x'`, handing_over_since: 'now()', lease_until: `now() + interval '1 hour'` },
    ],
    ['says nothing any more', { handing_over_since: 'now()' }],
  ])('does not send one that %s: 409 mail.not_uncertain', async (_, columns) => {
    const id = await write(columns);
    expect((await resend(id)).json()).toMatchObject({ status: 409, code: 'mail.not_uncertain' });
    expect(await events(id)).toEqual([]);
    expect((await resend(newId())).json()).toMatchObject({ status: 404, code: 'mail.not_found' });
  });

  it('is read with jobs:read and sent with jobs:write', async () => {
    const id = await uncertain();
    const [reader, writer] = [await createStaff(app, ['jobs:read']), await createStaff(app, ['jobs:write'])];
    expect((await app.get(`/mails/${id}`, reader)).statusCode).toBe(200);
    expect((await resend(id, reader)).statusCode).toBe(403);
    expect((await app.get(`/mails`, writer)).statusCode).toBe(403);
    expect((await resend(id, writer)).statusCode).toBe(202);
  });
});
