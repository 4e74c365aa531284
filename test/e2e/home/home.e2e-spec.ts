import { createHash } from 'node:crypto';
import { TestApp } from '../../support/test-app.js';

const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8' };
const PRODUCTION = {
  NODE_ENV: 'production',
  REDIS_FLAVOUR: 'server',
  ROLE: 'api',
  PUBLIC_URL: 'https://api.shop.test',
  ADMIN_EMAIL: 'ada@shop.test',
  ADMIN_PASSWORD: 'correct horse battery staple',
} as const;

describe('GET /', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start({ PUBLIC_URL: 'http://localhost:3000/?a&b' });
  });
  afterAll(() => app.close());

  it.each([undefined, '*/*', 'application/json', 'text/html;q=0.5, application/json', 'text/html;q=0', 'image/png'])(
    'is an index in JSON for who accepts %s',
    async (accept) => {
      const answer = await app.get('//', { headers: accept === undefined ? {} : { accept } });
      expect(answer.statusCode).toBe(200);
      expect(answer.headers.vary).toBe('Accept, Origin');
      const { links } = answer.json<{ links: Record<string, string> }>();
      expect(Object.keys(links)).toEqual(['api', 'docs', 'openapi', 'mail', 'mailTemplates', 'health', 'security']);
      for (const [name, path] of Object.entries(links).filter(([one]) => one !== 'api'))
        expect({ name, status: (await app.get(`/${path}`)).statusCode }).toEqual({ name, status: 200 });
    },
  );

  it('is a page for browsers: no script, its one style named by its hash, every link somewhere', async () => {
    const page = await app.get('//', { headers: BROWSER });
    expect(page.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', vary: 'Accept, Origin' });
    expect(page.body).toMatch(/^<!doctype html>\s*<html lang="en">/);
    expect(page.body).not.toMatch(/<script|\sstyle=|\son\w+=|src="/i);
    const [, style] = /<style>([\s\S]*)<\/style>/.exec(page.body)!;
    const hash = createHash('sha256').update(style!).digest('base64');
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain(`default-src 'none'; style-src 'sha256-${hash}';`);
    expect(policy).not.toMatch(/unsafe|script-src|https?:|\*/);
    const links = [...page.body.matchAll(/<a[^>]*\shref="([^"]*)"/g)].map(([, href]) => href!);
    expect(links).toEqual(expect.arrayContaining(['docs', 'dev/mail', 'health/ready', '.well-known/security.txt']));
    for (const href of links.filter((one) => one !== './'))
      expect({ href, status: (await app.get(`//${href}`)).statusCode }).toEqual({ href, status: 200 });
  });

  it('escapes what it shows', async () => {
    const { body } = await app.get('//', { headers: BROWSER });
    expect(body).toContain('http://localhost:3000/?a&amp;b/api/v1');
  });

  it('answers 304 to a browser that has the page, and 405 to a POST', async () => {
    const { headers } = await app.get('//', { headers: BROWSER });
    const again = await app.get('//', { headers: { ...BROWSER, 'if-none-match': String(headers.etag) } });
    expect(again.statusCode).toBe(304);
    expect((await app.post('//', {})).statusCode).toBe(405);
  });

  it('tells nothing of development, versions or settings in production', async () => {
    const other = await TestApp.start(PRODUCTION);
    const { body } = await other.get('//', { headers: BROWSER });
    expect(body).not.toMatch(/dev\/mail|admin|storehouse\/|localhost|\d+\.\d+\.\d+/i);
    const index = (await other.get('//')).json<{ links: Record<string, string> }>();
    expect(Object.keys(index.links)).toEqual(['api', 'docs', 'openapi', 'health', 'security']);
    await other.close();
  });
});

describe('GET /.well-known/security.txt', () => {
  const fieldsOf = async (settings: Record<string, string>): Promise<[string, string][]> => {
    const app = await TestApp.start(settings);
    const answer = await app.get('//.well-known/security.txt');
    await app.close();
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    return answer.body
      .trimEnd()
      .split('\n')
      .map((line) => line.split(': ', 2) as [string, string]);
  };

  it('BR-6: has a contact, where it belongs, and one end within a year (RFC 9116)', async () => {
    const fields = await fieldsOf({ PUBLIC_URL: 'https://api.shop.test', DEFAULT_LOCALE: 'de-AT' });
    expect(fields.map(([name]) => name)).toEqual(['Contact', 'Expires', 'Preferred-Languages', 'Canonical']);
    const { Contact, Expires, Canonical, ...rest } = Object.fromEntries(fields);
    expect({ Contact, Canonical, ...rest }).toEqual({
      Contact: 'mailto:security@api.shop.test',
      Canonical: 'https://api.shop.test/.well-known/security.txt',
      'Preferred-Languages': 'de, en',
    });
    expect(Expires).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const days = (Date.parse(Expires!) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(90);
    expect(days).toBeLessThan(365);
  });

  it.each([
    ['ada@shop.test', 'mailto:ada@shop.test'],
    ['mailto:ada@shop.test', 'mailto:ada@shop.test'],
    ['https://shop.test/security', 'https://shop.test/security'],
    ['tel:+441514960000', 'tel:+441514960000'],
  ])('BR-6: names SECURITY_CONTACT %s as %s', async (setting, contact) => {
    expect(await fieldsOf({ SECURITY_CONTACT: setting })).toContainEqual(['Contact', contact]);
  });
});
