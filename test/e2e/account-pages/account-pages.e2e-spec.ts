import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { ACCOUNT_PAGES } from '../../../src/mail/templates/account-message.js';
import { listen, sendRaw } from '../../support/raw-http.js';
import { TestApp } from '../../support/test-app.js';

const PAGES = [...new Set(Object.values(ACCOUNT_PAGES))];
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

describe('GET /account/{page}', () => {
  let app: TestApp;
  let port: number;
  beforeAll(async () => {
    app = await TestApp.start();
    port = await listen(app.app);
  });
  afterAll(() => app.close());

  it.each([
    ...PAGES.map((page) => [page, 'text/html; charset=utf-8']),
    ['page.js', 'text/javascript; charset=utf-8'],
    ['page.css', 'text/css; charset=utf-8'],
  ])('serves %s with a strict policy, to nobody’s cache', async (name, type) => {
    const { statusCode, headers, body } = await app.get(`//account/${name}`);
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({
      'content-type': type,
      'content-security-policy': POLICY,
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(body).not.toBe('');
  });

  it('has no script, style or handler in the page, and loads nothing from elsewhere', async () => {
    const { body } = await app.get('//account/verify-email');
    expect([...body.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url)).toEqual(['page.css', 'page.js']);
    expect(body).not.toMatch(/<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|https?:/i);
    expect((await app.get('//account/page.js')).body).not.toMatch(/https?:|innerHTML|eval\(|document\.write/);
  });

  it('takes no notice of parameters that trackers add, and shows none of them', async () => {
    const { statusCode, body } = await app.get('//account/magic-link?utm_source=%3Cscript%3E&fbclid=1');
    expect(statusCode).toBe(200);
    expect(body).not.toContain('utm_source');
    expect(body).not.toMatch(/<script>/);
  });

  it.each([
    '',
    'page.html',
    'other',
    '..%2f..%2fpackage.json',
    '..',
    '%2e%2e%2fNOTICE.md',
    'constructor',
    '__proto__',
    '%00',
  ])('answers /account/%s with 404', async (name) => {
    // As bytes: a client would make `/` of `/account/..`.
    const request = `GET /account/${name} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
    const answer = await sendRaw(port, [request]);
    expect(answer.statuses).toEqual([404]);
    expect(answer.text).toMatch(/^content-type: application\/problem\+json/im);
  });

  it('is read only', async () => {
    expect((await app.post('//account/verify-email', { token: 'x' })).statusCode).toBe(405);
  });

  it('is not there when the shop has pages of its own', async () => {
    const other = await TestApp.start({ STOREFRONT_URL: 'https://shop.example' });
    for (const name of [...PAGES, 'page.js']) expect((await other.get(`//account/${name}`)).statusCode).toBe(404);
    await other.close();
  });

  describe('its script', () => {
    it.each(PAGES)(
      'on %s takes the token out of the address and sends nothing before the button is pressed',
      (page) => {
        const browser = openPage(page, '#token=abc');
        expect(browser.address).toBe(`/account/${page}`);
        expect(browser.sent).toEqual([]);
        expect(browser.element('form').hidden).toBe(false);
        expect(browser.element('send').textContent).not.toBe('');
      },
    );

    it('asks for the mail again when the address has no token', () => {
      const browser = openPage('verify-email', '');
      expect(browser.element('form').hidden).toBe(true);
      expect(browser.shown()).toMatch(/from the mail again/);
    });

    it.each([
      ['verify-email', 'auth/verify-email'],
      ['reset-password', 'auth/password/reset'],
      ['magic-link', 'auth/magic-links/verify'],
      ['confirm-email-change', 'auth/email/confirm'],
      ['accept-invite', 'invites/accept'],
    ])('on %s posts the token to %s, which is an operation of the API', async (page, path) => {
      const browser = openPage(page, '#token=abc');
      await browser.press({ status: 204 });
      expect(browser.sent).toEqual([{ url: `../api/v1/${path}`, body: { token: 'abc' } }]);
      expect(browser.element('outcome').className).toBe('done');
      const answer = await app.post(`/${path}`, { token: 'abc' });
      expect(answer.statusCode).toBeGreaterThanOrEqual(400);
      expect(answer.json<{ code: string }>().code).not.toBe('request.route_not_found');
    });

    it('shows what the API says when it refuses', async () => {
      const browser = openPage('verify-email', '#token=abc');
      await browser.press({ status: 400, body: { title: 'Bad', detail: 'This link has been used.' } });
      expect(browser.shown()).toBe('This link has been used.');
      expect(browser.element('outcome').className).toBe('failed');
      expect(browser.element('form').hidden).toBe(false);
    });

    it('says so when the API cannot be reached', async () => {
      const browser = openPage('verify-email', '#token=abc');
      await browser.press('offline');
      expect(browser.shown()).toMatch(/cannot be reached/);
    });

    it('asks for the second factor where the account has one, and shows the access token', async () => {
      const browser = openPage('magic-link', '#token=abc');
      await browser.press({
        status: 200,
        body: { mfaRequired: true, challengeToken: 'shc_x', methods: ['totp', 'recovery_code'] },
      });
      browser.values.code = '123456';
      await browser.press({ status: 200, body: { accessToken: 'ey.access' } });
      expect(browser.sent[1]).toEqual({
        url: '../api/v1/auth/mfa/challenge',
        body: { challengeToken: 'shc_x', code: '123456' },
      });
      expect(browser.element('outcome').children).toContainEqual(expect.objectContaining({ value: 'ey.access' }));
    });

    it('says that a passkey cannot be asked for here', async () => {
      const browser = openPage('magic-link', '#token=abc');
      await browser.press({ status: 200, body: { mfaRequired: true, challengeToken: 'shc_x', methods: ['passkey'] } });
      expect(browser.shown()).toMatch(/passkey/);
      expect(browser.element('form').hidden).toBe(true);
    });
  });
});

/** As much of an element as the script uses. */
class FakeElement {
  textContent = '';
  className = '';
  hidden = true;
  disabled = false;
  children: unknown[] = [];
  listener: ((event: { preventDefault(): void }) => Promise<void>) | undefined;
  [property: string]: unknown;

  addEventListener(_type: string, listener: (event: { preventDefault(): void }) => Promise<void>): void {
    this.listener = listener;
  }
  append(...children: unknown[]): void {
    this.children.push(...children);
  }
  replaceChildren(...children: unknown[]): void {
    this.children = children;
  }
  setAttribute(): void {}
  querySelector(): null {
    return null;
  }
}

/** Runs the script as a browser does that has opened a link. */
function openPage(page: string, hash: string) {
  const elements = new Map<string, FakeElement>();
  const element = (id: string): FakeElement => {
    if (!elements.has(id)) elements.set(id, new FakeElement());
    return elements.get(id)!;
  };
  const browser = {
    element,
    address: `/account/${page}${hash}`,
    values: {} as Record<string, string>,
    sent: [] as { url: string; body: unknown }[],
    answer: undefined as { status: number; body?: unknown } | 'offline' | undefined,
    shown: () => element('outcome').children.join(''),
    press: async (answer: { status: number; body?: unknown } | 'offline') => {
      browser.answer = answer;
      await element('form').listener!({ preventDefault: () => undefined });
    },
  };
  runInNewContext(readFileSync('assets/account/page.js', 'utf8'), {
    URLSearchParams,
    FormData: class {
      *[Symbol.iterator](): Iterator<[string, string]> {
        yield* Object.entries(browser.values);
      }
    },
    navigator: { languages: ['en-GB', 'fr'] },
    location: { pathname: `/account/${page}`, hash },
    history: { replaceState: (_state: unknown, _title: string, url: string) => (browser.address = url) },
    document: {
      getElementById: element,
      createElement: () => new FakeElement(),
      documentElement: { lang: '' },
      title: '',
    },
    fetch: async (url: string, { body }: { body: string }) => {
      browser.sent.push({ url, body: JSON.parse(body) });
      if (browser.answer === 'offline') throw new TypeError('Failed to fetch');
      const { status, body: content } = browser.answer!;
      return { status, ok: status < 300, json: async () => content };
    },
  });
  return browser;
}
