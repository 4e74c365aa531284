import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { MailService } from '../../src/mail/mail.service.js';
import { buildMail } from '../factories/mail.factory.js';
import { launchChromium } from '../support/chromium.js';
import { listen } from '../support/raw-http.js';
import { TestApp } from '../support/test-app.js';
import { eventually } from '../support/test-worker.js';

const NARROW = { width: 360, height: 700 };

// A browser that shares two cores with everything else may take its time; what it shows is what is tested.
jest.setTimeout(300_000);

describe('The pages of the server itself', () => {
  let app: TestApp;
  let url: string;
  let browser: Browser | undefined;
  let complaints: string[] = [];

  beforeAll(async () => {
    app = await TestApp.start();
    url = `http://localhost:${await listen(app.app)}`;
    browser = await launchChromium('The pages are');
  });
  afterAll(async () => {
    await browser?.close();
    await app.close();
  });
  beforeEach(() => {
    complaints = [];
  });

  /** A page that notes whatever the browser has to say against it. */
  const open = async (path: string, context?: BrowserContext): Promise<Page> => {
    const page = await (context ?? browser!).newPage();
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:')) complaints.push(request.url());
    });
    await page.goto(url + path);
    return page;
  };

  it('leads from / to the docs, the mailbox and health', async () => {
    if (!browser) return;
    for (const [link, address] of [
      ['API documentation', '/docs'],
      ['Mailbox', '/dev/mail'],
      ['Mail templates', '/dev/mail/templates'],
      ['Health', '/health/ready'],
    ] as const) {
      const page = await open('/');
      expect(await page.title()).toBe('Storehouse');
      await page.getByRole('main').getByRole('link', { name: link }).click();
      await page.waitForURL(`${url}${address}`);
      await page.close();
    }
    expect(complaints).toEqual([]);
  });

  it('shows mail as it arrives, its HTML and its text, and opens its links outside the frame', async () => {
    if (!browser) return;
    const context = await browser.newContext();
    const mail = buildMail();
    const page = await open(`/dev/mail?to=${encodeURIComponent(mail.to as string)}`, context);
    expect(await page.locator('.empty').innerText()).toContain('No mail to');
    await app.app.get(MailService, { strict: false }).send(mail);
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByRole('link', { name: /is confirmed/ }).click();
    await page.getByRole('heading', { level: 1, name: /is confirmed/ }).waitFor();
    expect(await page.locator('pre.text').innerText()).toContain('1 × Teapot (TEA-1)');
    const frame = page.frameLocator('iframe');
    const shop = frame.getByRole('link', { name: 'http://localhost:3000' });
    await shop.waitFor();
    // Nothing listens at that address; that a page of its own goes there is what counts.
    await context.route('http://localhost:3000/**', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: '<title>Shop</title><script>document.title += " with script"</script>',
      }),
    );
    const [opened] = await Promise.all([context.waitForEvent('page'), shop.click()]);
    await opened.waitForLoadState();
    expect(await opened.title()).toBe('Shop with script');
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('runs no script of a mail, sends no form of it and asks nobody else for anything', async () => {
    if (!browser) return;
    const mail = buildMail();
    await app.app.get(MailService, { strict: false }).send(mail);
    const { data } = (await (await fetch(`${url}/dev/mail?to=${mail.to as string}`)).json()) as {
      data: [{ id: string }];
    };
    const file = join(process.env.TEST_DATA_DIR!, 'mail', `${data[0].id}.eml`);
    const text = await readFile(file, 'utf8');
    const start = text.lastIndexOf('\r\n') + 2;
    const kept = JSON.parse(text.slice(start)) as object;
    await writeFile(file, text.slice(0, start) + JSON.stringify({ ...kept, html: HOSTILE }));
    const context = await browser.newContext();
    const asked: string[] = [];
    await context.route('https://evil.example/**', (route) => {
      asked.push(route.request().url());
      return route.abort();
    });
    const page = await open(`/dev/mail/${data[0].id}`, context);
    const frame = page.frameLocator('iframe');
    await frame.getByRole('button').click();
    await frame.getByText('unchanged').waitFor();
    expect(page.url()).toBe(`${url}/dev/mail/${data[0].id}`);
    expect(asked).toEqual([]);
    await eventually(() => /script.*sandboxed/.test(complaints.join()));
    await context.close();
  });

  it.each(['light', 'dark'] as const)('fits a narrow screen in %s, with text that can be read', async (colorScheme) => {
    if (!browser) return;
    const context = await browser.newContext({ colorScheme, viewport: NARROW });
    const template = '/dev/mail/templates/order-confirmation?locale=de';
    for (const path of ['/', '/dev/mail', '/dev/mail/templates', template, '/account/verify-email#token=abc']) {
      const page = await open(path, context);
      const { overflow, contrasts } = await page.evaluate(MEASURE);
      expect({ path, overflow }).toEqual({ path, overflow: 0 });
      expect({ path, tooFaint: contrasts.filter(({ ratio }) => ratio < 4.5) }).toEqual({ path, tooFaint: [] });
      await page.close();
    }
    expect(complaints).toEqual([]);
    await context.close();
  });
});

/** What a mail may hold that somebody else had a say in. */
const HOSTILE = `<p id="text">unchanged</p><script>document.getElementById('text').textContent = 'changed'; top.location = '/'</script>
<img src="https://evil.example/image"><form action="https://evil.example/form"><button>Send</button></form>`;

/** Runs in the page: how far it is too wide, and the contrast of each text with what is behind it (WCAG 2.2, 1.4.3). */
const MEASURE = `(() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = numbers(color).slice(0, 3).map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (numbers(color)[3] !== 0) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const texts = [...document.body.querySelectorAll('*')].filter((element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== ''));
  return {
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    contrasts: texts.map((element) => {
      const [light, dark] = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((a, b) => b - a);
      return { text: element.textContent.trim().slice(0, 40), ratio: (light + 0.05) / (dark + 0.05) };
    }),
  };
})()` as unknown as () => { overflow: number; contrasts: { text: string; ratio: number }[] };
