import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createUser } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';
import { emptyJobs, eventually } from '../../support/test-worker.js';

const LIMIT_MS = 60_000;
const NEW_PASSWORD = 'nine lanterns above a quiet harbour';

interface Kept {
  id: string;
  subject: string;
  links: string[];
}

describe('a mail about an account', () => {
  let app: TestApp;
  let folder: string;
  beforeAll(async () => {
    await emptyJobs();
    folder = await mkdtemp(join(tmpdir(), 'storehouse-mail-'));
    app = await TestApp.start({ ROLE: 'all', DATA_DIR: folder, PUBLIC_URL: 'https://shop.example' });
  });
  afterAll(async () => {
    await app.close();
    await rm(folder, { recursive: true, force: true });
  });

  const mailsTo = async (email: string): Promise<Kept[]> =>
    (await app.get(`//dev/mail?to=${encodeURIComponent(email)}`)).json<{ data: Kept[] }>().data;

  it('brings a link whose token opens the page and the API', async () => {
    const { user } = await createUser(app);
    const forgot = await app.post(
      '/auth/password/forgot',
      { email: user.email },
      { headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' } },
    );
    expect(forgot.statusCode).toBe(202);
    await eventually(
      async () => (await mailsTo(user.email)).some(({ subject }) => subject === 'Choose a new password'),
      LIMIT_MS,
    );
    const [mail, ...others] = (await mailsTo(user.email)).filter(({ subject }) => subject === 'Choose a new password');
    expect(others).toEqual([]);
    // BR-4: made of the settings, whatever the request calls the host.
    const link = new URL(mail!.links[0]!);
    expect(link.origin).toBe('https://shop.example');
    expect(link.search).toBe('');
    expect((await app.get(`/${link.pathname}`)).statusCode).toBe(200);
    const token = new URLSearchParams(link.hash.slice(1)).get('token');
    expect((await app.post('/auth/password/reset', { token, password: NEW_PASSWORD })).statusCode).toBe(204);
    await eventually(
      async () => (await mailsTo(user.email)).some(({ subject }) => subject === 'Your password was changed'),
      LIMIT_MS,
    );
    const waiting = `SELECT id FROM mails WHERE recipient = $1 AND (sealed_data IS NOT NULL OR sent_at IS NULL)`;
    await eventually(async () => (await app.database.query(waiting, [user.email])).length === 0, LIMIT_MS);
  });
});
