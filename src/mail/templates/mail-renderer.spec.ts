import type { Environment } from '../../config/environment.js';
import { LOCALES } from '../locales/choose-locale.js';
import { ACCOUNT_PAGES } from './account-message.js';
import { filledHtml, filledText } from './filled.js';
import { MailRenderer } from './mail-renderer.js';
import { SAMPLE_DATA } from './sample-data.js';
import type { MailData, TemplateName } from './templates.js';

const SHOP_URL = 'https://shop.example/eu';
const ENVIRONMENT = {
  PUBLIC_URL: 'https://api.shop.example',
  STOREFRONT_URL: `${SHOP_URL}/`,
  MAIL_FROM: '"The Shop" <no-reply@shop.example>',
  DEFAULT_LOCALE: 'en',
} as Environment;
const renderer = new MailRenderer(ENVIRONMENT);
const TEMPLATES = Object.keys(SAMPLE_DATA) as TemplateName[];
const EVERY = TEMPLATES.flatMap((name) => Object.keys(LOCALES).map((locale) => [name, locale] as const));

/** What a browser makes of the HTML as text. */
function textOf(html: string): string {
  const body = html.slice(html.indexOf('role="article"')).replace(/^[^>]*>/, '');
  return decode(body.replace(/<!--[\s\S]*?-->/g, '').replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim();
}

function decode(html: string): string {
  return html
    .replace(/&#x([0-9A-F]+);/gi, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');
}

function linksOf(html: string): string[] {
  return [...html.matchAll(/<a\s[^>]*?href="([^"]*)"/g)].map(([, url]) => decode(url!));
}

describe('MailRenderer', () => {
  it.each(EVERY)('renders %s in %s completely, and says the same as text and as HTML', (name, locale) => {
    const { subject, text, html } = renderer.render(name, SAMPLE_DATA[name], { name: 'Ada', locale });
    for (const part of [subject, text, html]) {
      expect(part).not.toMatch(/\{\{|\}\}|undefined|\bnull\b|NaN|\[object/);
      expect(part.trim()).not.toBe('');
    }
    expect(subject).not.toMatch(/[\r\n]/);
    expect(html).toMatch(new RegExp(`^<!doctype html>\\s*<html lang="${locale}"`));
    const shown = textOf(html);
    for (const line of text.split('\n').map((each) => each.trim())) {
      // Where the text has a label and a value in one line, the HTML has a button or two cells.
      const parts = line.startsWith('http') ? [] : line.split(/: (?=[^ ]+$)|:$/);
      for (const part of parts) expect(shown).toContain(part.replace(/\s+/g, ' '));
    }
    expect(text).toContain(SHOP_URL);
  });

  it.each(EVERY)('%s in %s links to the shop, with the token behind #, and nowhere else', (name, locale) => {
    const { text, html } = renderer.render(name, SAMPLE_DATA[name], { name: 'Ada', locale });
    const { token } = SAMPLE_DATA[name] as { token?: string };
    const { orderId } = SAMPLE_DATA[name] as { orderId?: string };
    const page = orderId ? `orders/${orderId}` : `account/${ACCOUNT_PAGES[name as keyof typeof ACCOUNT_PAGES]}`;
    const { trackingUrl } = SAMPLE_DATA[name] as { trackingUrl?: string };
    const link = token === undefined ? trackingUrl : `${SHOP_URL}/${page}#token=${token}`;
    const expected = link === undefined ? [SHOP_URL] : [link, SHOP_URL];
    expect(text.match(/https?:\/\/\S+/g)).toEqual(expected);
    expect(linksOf(html)).toEqual(expected);
    if (token !== undefined) for (const body of [text, textOf(html)]) expect(body).toContain(` ${token} `.trim());
    expect(html).not.toMatch(/<script|<img|<link|<form|@import|url\(/i);
  });

  it('has a page for every mail with a token, and no other', () => {
    const withToken = TEMPLATES.filter((name) => 'token' in SAMPLE_DATA[name] && !('orderId' in SAMPLE_DATA[name]));
    expect(Object.keys(ACCOUNT_PAGES).sort()).toEqual(withToken.sort());
  });

  it('leads to the pages of this server when the shop has none', () => {
    const own = new MailRenderer({ ...ENVIRONMENT, STOREFRONT_URL: undefined } as Environment);
    expect(own.render('magic-link', SAMPLE_DATA['magic-link'], { name: '' }).text).toContain(
      `https://api.shop.example/account/magic-link#token=${SAMPLE_DATA['magic-link'].token}`,
    );
  });

  it('leads to an order only where the shop has pages of its own, and shows a token only where there is one', () => {
    const own = new MailRenderer({ ...ENVIRONMENT, STOREFRONT_URL: undefined } as Environment);
    const data = SAMPLE_DATA['order-placed'];
    expect(own.render('order-placed', data, { name: '' }).text).not.toMatch(/token|orders\//);
    const { text, html } = renderer.render('order-placed', { ...data, token: null }, { name: '' });
    expect(linksOf(html)).toEqual([`${SHOP_URL}/orders/${data.orderId}`, SHOP_URL]);
    expect(text + html).not.toMatch(/token|this code/);
  });

  it('leaves a reason out that it has no words for', () => {
    const data = SAMPLE_DATA['order-refunded'];
    const render = (reason: string) => renderer.render('order-refunded', { ...data, reason }, { name: '' }).text;
    expect(render(data.reason)).toContain('More had been paid than was due.');
    for (const reason of ['unheard_of', 'constructor', '']) expect(render(reason)).not.toMatch(/unheard|function|null/);
  });

  it('says what to do if it was not you in every mail about the safety of an account', () => {
    const names: TemplateName[] = [
      'reset-password',
      'magic-link',
      'already-registered',
      'password-changed',
      'email-change-old',
      'email-changed',
      'second-factor-enabled',
      'second-factor-disabled',
      'recovery-codes-replaced',
      'recovery-code-used',
      'identity-linked',
      'identity-unlinked',
      'account-erased',
      'export-ready',
    ];
    for (const name of names) {
      const render = (locale: string): string => renderer.render(name, SAMPLE_DATA[name], { name: '', locale }).text;
      expect(render('en')).toContain('If this was not you');
      expect(render('de')).toContain('Falls Sie das nicht waren');
    }
  });

  it('writes in the language of the reader, then in that of the shop', () => {
    const german = new MailRenderer({ ...ENVIRONMENT, DEFAULT_LOCALE: 'de-AT' } as Environment);
    const subject = (of: MailRenderer, locale?: string | null): string =>
      of.render('magic-link', SAMPLE_DATA['magic-link'], { name: '', locale }).subject;
    expect(subject(german, 'en-GB')).toBe('Your sign-in link');
    expect(subject(german, 'fr')).toBe('Ihr Link zum Anmelden');
    expect(subject(german, null)).toBe('Ihr Link zum Anmelden');
    expect(subject(renderer)).toBe('Your sign-in link');
  });

  it('names times in the largest unit that comes out even', () => {
    const text = (minutes: number, locale: string): string =>
      renderer.render('magic-link', { token: 'shm_x', minutes }, { name: '', locale }).text;
    expect(text(1, 'en')).toContain('for 1 minute.');
    expect(text(90, 'en')).toContain('for 90 minutes.');
    expect(text(60, 'de')).toContain('einmal, 1 Stunde lang');
    expect(text(1440, 'en')).toContain('for 24 hours.');
    expect(text(4320, 'de')).toContain('3 Tage lang');
  });

  it('leaves the address out when none is known', () => {
    const { text } = renderer.render('password-changed', { address: null }, { name: '' });
    expect(text).not.toContain('network address');
    expect(text).not.toMatch(/\n\n\n/);
  });

  it('calls the shop by the name of its sender, or by its address', () => {
    const signature = (MAIL_FROM: string): string =>
      new MailRenderer({ ...ENVIRONMENT, MAIL_FROM } as Environment).render('account-enabled', {}, { name: '' }).text;
    expect(signature('"The Shop" <a@b.example>')).toContain('Your The Shop team');
    expect(signature('no-reply@shop.example')).toContain('Your shop.example team');
  });

  describe('what somebody typed', () => {
    const EVIL = [
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      '{{token}} {{{shop}}} {{#each this}}',
      'x\r\nBcc: victim@example.com\r\n\r\nbody',
      'http://evil.example/a',
      '</div><a href="https://evil.example">prize</a>',
      '{{constructor.constructor "return process"}}',
      '&lt;b&gt; &#x3C;b&#x3E;',
    ];

    it.each(EVIL)('as a name, IN-19: %j is no markup, no header, no link and no template', (name) => {
      for (const template of TEMPLATES) {
        const { subject, text, html } = renderer.render(template, SAMPLE_DATA[template], { name });
        const plain = renderer.render(template, SAMPLE_DATA[template], { name: '' });
        expect(subject).toBe(plain.subject);
        expect(text).toBe(plain.text);
        expect(html).toBe(plain.html);
      }
    });

    it.each(EVIL)('as a value, IN-19: %j is text on one line', (value) => {
      const mails: { [Name in TemplateName]?: MailData[Name] } = {
        'identity-linked': { provider: value },
        'email-changed': { newEmail: value },
        invite: { token: 'shm_x', roles: [value], hours: 72 },
        'password-changed': { address: value },
        'order-cancelled': {
          ...SAMPLE_DATA['order-cancelled'],
          lines: [{ name: value, sku: value, quantity: 1, total: { amount: 1, currency: 'EUR' } }],
        },
      };
      for (const [template, data] of Object.entries(mails)) {
        const { subject, text, html } = renderer.render(template as TemplateName, data, {
          name: '',
        });
        expect(subject).not.toMatch(/[\r\n]/);
        expect(html).not.toMatch(/<script|<img|onerror="|href="https?:\/\/evil/);
        const line = value.replace(/[\r\n]+/g, ' ');
        expect(text).toContain(line);
        expect(textOf(html)).toContain(line.replace(/\s+/g, ' '));
        for (const url of linksOf(html)) expect(url).not.toContain('evil');
      }
    });
  });

  it('refuses a text that names a value which is not there', () => {
    expect(() => filledText('Hello {{nobody}}', {})).toThrow(/nobody/);
    expect(() => filledHtml('<p>{{nobody}}</p>', {})).toThrow(/nobody/);
  });

  it('links to the built-in page of what staff offer, where the shop has no pages of its own', () => {
    const own = new MailRenderer({ ...ENVIRONMENT, STOREFRONT_URL: undefined } as Environment);
    const data = SAMPLE_DATA['order-payable'];
    const page = `https://api.shop.example/account/pay-order?order=${data.orderId}#token=${data.token}`;
    expect(own.render('order-payable', data, { name: 'Ada', locale: 'en' }).text).toContain(page);
  });
});
