import { SAMPLE_DATA } from '../../../src/mail/templates/sample-data.js';
import { TestApp } from '../../support/test-app.js';

interface Listed {
  name: string;
  locale: string;
  subject: string;
  url: string;
}

describe('GET /dev/mail/templates', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start({ PUBLIC_URL: 'https://shop.example' });
  });
  afterAll(() => app.close());

  it('lists every template in every language, each to be looked at', async () => {
    const { data } = (await app.get('//dev/mail/templates')).json<{ data: Listed[] }>();
    expect(data.map(({ name, locale }) => `${name} ${locale}`).sort()).toEqual(
      Object.keys(SAMPLE_DATA)
        .flatMap((name) => [`${name} de`, `${name} en`])
        .sort(),
    );
    for (const { url, subject } of data) {
      const page = await app.get(`/${url}`);
      expect(page.statusCode).toBe(200);
      expect(page.headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'content-security-policy': expect.stringMatching(/default-src 'none'.*sandbox/) as string,
      });
      expect(page.body).toContain(`<title>${subject}</title>`);
    }
  });

  it('shows one as text and as JSON, in the language that is asked for', async () => {
    const text = await app.get('//dev/mail/templates/reset-password?locale=de-AT&format=text');
    expect(text.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(text.body).toContain('https://shop.example/account/reset-password#token=sample_');
    expect(text.body).toContain('Guten Tag Ada Lovelace,');
    const json = (await app.get('//dev/mail/templates/reset-password?locale=de&format=json')).json<
      Record<string, string>
    >();
    expect(json).toMatchObject({ subject: 'Wählen Sie ein neues Passwort', text: text.body });
    expect((await app.get('//dev/mail/templates/reset-password?locale=fr&format=text')).body).toContain('Hello Ada');
  });

  it('is a page to a browser, with every template in every language, each on a page of its own', async () => {
    const browser = { headers: { accept: 'text/html,*/*;q=0.8' } };
    const { data } = (await app.get('//dev/mail/templates')).json<{ data: Listed[] }>();
    const page = await app.get('//dev/mail/templates', browser);
    expect(page.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', vary: 'Accept, Origin' });
    for (const { name, locale } of data) expect(page.body).toContain(`href="templates/${name}?locale=${locale}"`);
    const one = await app.get('//dev/mail/templates/magic-link?locale=de', browser);
    expect(one.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(one.body).toContain('src="magic-link?locale=de&amp;format=html"');
    expect(one.body).toContain('<a href="https://shop.example/account/magic-link#token=sample_');
    expect((await app.get('//dev/mail/templates/magic-link?format=json', browser)).json()).toHaveProperty('subject');
  });

  it.each(['unknown', 'constructor', '__proto__', '..%2f..'])('answers %s with 404', async (name) => {
    expect((await app.get(`//dev/mail/templates/${name}`)).statusCode).toBe(404);
  });

  it.each(['?format=pdf', '?locale=no%20language', '?foo=1'])('refuses %s with 400', async (query) => {
    expect((await app.get(`//dev/mail/templates/magic-link${query}`)).statusCode).toBe(400);
  });

  it('is neither there when SMTP_URL is set nor in production', async () => {
    const production = {
      NODE_ENV: 'production',
      REDIS_FLAVOUR: 'server',
      ROLE: 'api',
      ADMIN_EMAIL: 'ada@shop.test',
      ADMIN_PASSWORD: 'correct horse battery staple',
    };
    for (const settings of [{ SMTP_URL: 'smtp://localhost:1' }, production]) {
      const other = await TestApp.start(settings);
      for (const path of ['//dev/mail/templates', '//dev/mail/templates/magic-link'])
        expect((await other.get(path)).statusCode).toBe(404);
      await other.close();
    }
  });
});
