import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MailService } from '../../../src/mail/mail.service.js';
import { buildMail } from '../../factories/mail.factory.js';
import { TestApp } from '../../support/test-app.js';

interface Listed {
  id: string;
  to: string;
  subject: string;
  date: string;
  links: string[];
}

describe('GET /dev/mail', () => {
  let app: TestApp;
  let folder: string;
  const addressOf = (mail: ReturnType<typeof buildMail>): string => mail.to as string;
  const send = (mail = buildMail()): Promise<void> => app.app.get(MailService, { strict: false }).send(mail);
  const list = async (query = ''): Promise<Listed[]> =>
    (await app.get(`//dev/mail${query}`)).json<{ data: Listed[] }>().data;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'storehouse-mail-'));
    app = await TestApp.start({ DATA_DIR: folder, PUBLIC_URL: 'https://shop.example' });
  });

  afterAll(async () => {
    await app.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('is an empty list before the first mail', async () => {
    const answer = await app.get('//dev/mail');
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.json()).toEqual({ data: [] });
  });

  it('lists mails newest first, also of one recipient', async () => {
    const mails = [buildMail(), buildMail(), buildMail()];
    for (const mail of mails) await send(mail);
    const listed = await list();
    expect(listed.map(({ to }) => to)).toEqual(mails.map(({ to }) => to).reverse());
    expect(listed[0]).toMatchObject({
      subject: `Your order ${mails[2]!.data.orderNumber} is confirmed`,
      links: ['https://shop.example'],
    });
    expect(Math.abs(Date.parse(listed[0]!.date) - Date.now())).toBeLessThan(60_000);
    expect(await list('?limit=1')).toHaveLength(1);
    expect((await list(`?to=${addressOf(mails[1]!).toUpperCase()}`)).map(({ to }) => to)).toEqual([mails[1]!.to]);
  });

  it('keeps a mail that is sent again once, as an .eml file named by time and Message-ID', async () => {
    const mail = buildMail();
    await send(mail);
    await app.database.execute(`UPDATE mails SET sent_at = NULL WHERE dedupe_key = $1`, [mail.dedupeKey]);
    await send(mail);
    const [kept] = await list(`?to=${addressOf(mail)}`);
    expect(await list(`?to=${addressOf(mail)}`)).toHaveLength(1);
    expect(kept!.id).toMatch(/^\d{8}T\d{9}Z-[0-9a-f]{40}$/);
    const files = await readdir(join(folder, 'mail'));
    expect(files).toContain(`${kept!.id}.eml`);
    expect(files.filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('takes no half of a file for a mail, wherever it was cut', async () => {
    const mail = buildMail();
    await send(mail);
    const [kept] = await list(`?to=${addressOf(mail)}`);
    const file = join(folder, 'mail', `${kept!.id}.eml`);
    const whole = await readFile(file, 'utf8');
    const lastBrace = whole.lastIndexOf('}', whole.length - 2) + 1;
    for (const half of [
      '',
      whole.slice(0, 100),
      whole.slice(0, whole.lastIndexOf('\r\n') + 2),
      whole.slice(0, lastBrace),
    ]) {
      await writeFile(file, half);
      expect(await list(`?to=${addressOf(mail)}`)).toEqual([]);
      expect((await app.get(`//dev/mail/${kept!.id}`)).statusCode).toBe(404);
    }
    await writeFile(file, whole);
    expect(await list(`?to=${addressOf(mail)}`)).toHaveLength(1);
  });

  it('shows one mail as JSON with its headers, as a page, as text and as it was sent', async () => {
    const mail = buildMail();
    await send(mail);
    const [{ id }] = (await list(`?to=${addressOf(mail)}`)) as [Listed];
    const shown = (await app.get(`//dev/mail/${id}`)).json<Record<string, unknown>>();
    expect(shown).toMatchObject({
      id,
      to: mail.to,
      text: expect.stringContaining('1 × Teapot (TEA-1)') as string,
      html: expect.stringContaining('<!doctype html>') as string,
      headers: { to: mail.to, 'auto-submitted': 'auto-generated', 'mime-version': '1.0' },
    });
    const page = await app.get(`//dev/mail/${id}?format=html`);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toMatch(/default-src 'none'.*sandbox/);
    expect(page.body).toBe(shown.html);
    const text = await app.get(`//dev/mail/${id}?format=text`);
    expect(text.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(text.body).toBe(shown.text);
    const message = await app.get(`//dev/mail/${id}?format=eml`);
    expect(message.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(message.body).toMatch(/^From: [\s\S]*\r\n\r\n--/m);
  });

  it.each([
    '..%2f..%2fsecret',
    '..%2Fsecret',
    '%2e%2e%2fsecret',
    '..%5c..%5csecret',
    '%2fetc%2fpasswd',
    '20260101T000000000Z-..',
    '20260101T000000000Z-..%2f..%2fsecret',
    'secret',
    '20260101T000000000Z-absent',
    '%00',
  ])('answers %s with 404', async (id) => {
    await writeFile(join(folder, 'secret.json'), '{"id":"secret"}');
    await writeFile(join(folder, 'secret.eml'), 'secret');
    for (const format of ['', '?format=eml']) {
      const answer = await app.get(`//dev/mail/${id}${format}`);
      expect([400, 404]).toContain(answer.statusCode);
      expect(answer.headers['content-type']).toMatch(/problem\+json/);
      expect(answer.body).not.toContain('"secret"');
    }
  });

  it('refuses unknown parameters and formats with 400', async () => {
    for (const query of ['?format=pdf', '?limit=0', '?limit=1001', '?foo=1']) {
      const path = query.includes('format') ? `//dev/mail/20260101T000000000Z-a${query}` : `//dev/mail${query}`;
      expect((await app.get(path)).statusCode).toBe(400);
    }
  });

  describe('to a browser', () => {
    const page = (path: string) => app.get(path, { headers: { accept: 'text/html,*/*;q=0.8' } });

    it('is a page with recipient, subject and time of each, also of one recipient', async () => {
      const mail = buildMail();
      await send(mail);
      const [{ id, subject, date }] = (await list(`?to=${addressOf(mail)}`)) as [Listed];
      for (const path of ['//dev/mail', `//dev/mail?to=${addressOf(mail)}`]) {
        const { headers, body } = await page(path);
        expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', vary: 'Accept, Origin' });
        expect(body).toContain(`<a href="mail/${id}">${subject}</a>`);
        expect(body).toContain(addressOf(mail));
        expect(body).toContain(`<time datetime="${date}">`);
      }
      const rows = /<tbody>[\s\S]*<\/tbody>/.exec((await page(`//dev/mail?to=${addressOf(mail)}`)).body)![0];
      expect(rows.match(/<tr>/g)).toHaveLength(1);
      expect((await page('//dev/mail?to=')).body).toContain(addressOf(mail));
      expect((await page('//dev/mail?to=%3Cscript%3E@example.com')).body).toMatch(
        /No mail to &lt;script&gt;@example.com/,
      );
    });

    it('shows a mail with its HTML in a frame without rights, its text and its links, and escapes all it says', async () => {
      const mail = buildMail();
      await send(mail);
      const [{ id }] = (await list(`?to=${addressOf(mail)}`)) as [Listed];
      const file = join(folder, 'mail', `${id}.eml`);
      const text = await readFile(file, 'utf8');
      const start = text.lastIndexOf('\r\n') + 2;
      const kept = JSON.parse(text.slice(start)) as Record<string, string>;
      await writeFile(
        file,
        text.slice(0, start) +
          JSON.stringify({ ...kept, subject: '<b>"subject"', from: '<i>', text: '<u> https://a.example/?a=1&b=2#c.' }),
      );
      const { headers, body } = await page(`//dev/mail/${id}`);
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      expect(body).toMatch(
        /<iframe\s+src="[^"]+\?format=html"\s+title="[^"]+"\s+sandbox="allow-popups allow-popups-to-escape-sandbox"/,
      );
      expect(body).toContain('<h1>&lt;b&gt;&quot;subject&quot;</h1>');
      expect(body).toContain('&lt;u&gt; <a href="https://a.example/?a=1&amp;b=2#c."');
      expect(body).not.toMatch(/<script|<b>"|<i>|<u>/);
      const framed = await page(`//dev/mail/${id}?format=html`);
      expect(framed.body).toBe(kept.html);
      expect(framed.headers['content-security-policy']).toMatch(/frame-ancestors 'self'; sandbox allow-popups/);
    });

    it('gives the format that is asked for, and a problem for what is not there', async () => {
      const [{ id }] = (await list()) as [Listed];
      expect((await page(`//dev/mail/${id}?format=json`)).json()).toMatchObject({ id });
      expect((await page(`//dev/mail/${id}?format=text`)).headers['content-type']).toMatch(/^text\/plain/);
      expect((await page('//dev/mail/20260101T000000000Z-absent')).statusCode).toBe(404);
    });
  });

  it('is not there when SMTP_URL is set', async () => {
    const other = await TestApp.start({ SMTP_URL: 'smtp://localhost:1' });
    for (const path of ['//dev/mail', '//dev/mail/20260101T000000000Z-a']) {
      const answer = await other.get(path);
      expect(answer.statusCode).toBe(404);
      expect(answer.json<{ code: string }>().code).toBe('request.route_not_found');
    }
    expect((await other.post('//dev/mail', {})).statusCode).toBe(404);
    await other.close();
  });

  it('is not there in production', async () => {
    const other = await TestApp.start({
      NODE_ENV: 'production',
      REDIS_FLAVOUR: 'server',
      ROLE: 'api',
      ADMIN_EMAIL: 'ada@shop.test',
      ADMIN_PASSWORD: 'correct horse battery staple',
    });
    expect((await other.get('//dev/mail')).statusCode).toBe(404);
    await other.close();
  });
});
