import type { Browser, BrowserContext, Page } from 'playwright-core';
import { QUEUES } from '../../src/jobs/queues.js';
import { addTotp, freshCode, wrongCode } from '../factories/second-factor.factory.js';
import { createStaff, TEST_PASSWORD } from '../factories/user.factory.js';
import { launchChromium } from '../support/chromium.js';
import { listen } from '../support/raw-http.js';
import { TestApp } from '../support/test-app.js';
import { emptyJobs, eventually, TestWorker } from '../support/test-worker.js';

// A browser that shares two cores with everything else may take its time; what it shows is what is tested.
jest.setTimeout(300_000);

describe('The board of queues', () => {
  let app: TestApp;
  let url: string;
  let browser: Browser | undefined;
  let complaints: string[] = [];

  beforeAll(async () => {
    await emptyJobs();
    app = await TestApp.start({ ROLE: 'api' });
    url = `http://localhost:${await listen(app.app)}`;
    browser = await launchChromium('The board of queues is');
  });
  afterAll(async () => {
    await browser?.close();
    await app.close();
  });
  beforeEach(() => {
    complaints = [];
  });

  /** A page that notes what the browser has to say against it, but for the refusals that a test brings about. */
  const open = async (context: BrowserContext): Promise<Page> => {
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of 40[13]/.test(message.text())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:')) complaints.push(request.url());
    });
    await page.goto(`${url}/admin/queues`);
    return page;
  };
  const signIn = async (page: Page, email: string): Promise<void> => {
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill(TEST_PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };

  it('lets staff sign in, see a failed job and why, retry it, and sign out', async () => {
    if (!browser) return;
    let isBroken = true;
    let runs = 0;
    const worker = await TestWorker.start({
      timings: { firstRetryMs: 1, lockMs: 60_000 },
      work: () => {
        runs++;
        return isBroken ? Promise.reject(new Error('the mail server is on strike')) : Promise.resolve();
      },
    });
    const queue = worker.queue(QUEUES.orderMail);
    const settings = (queue as unknown as { settings: { backoffStrategies: Record<string, () => number> } }).settings;
    settings.backoffStrategies.doubling = () => 1;
    await worker.confirmOrder();
    await eventually(async () => (await queue.getFailedCount()) === 1);
    const staff = await createStaff(app, ['jobs:read', 'jobs:write']);

    const context = await browser.newContext();
    const page = await open(context);
    await signIn(page, staff.user.email);
    await page.waitForURL(`${url}/admin/queues`);
    await page.getByText(QUEUES.orderMail, { exact: true }).first().waitFor();
    await page.goto(`${url}/admin/queues/queue/order-mail?status=failed`);
    await page.getByText('the mail server is on strike').first().waitFor();
    isBroken = false;
    await page.locator('[class*=jobActions] button').first().click();
    await confirm(page);
    await eventually(async () => (await worker.openJobs()) === 0);
    expect(runs).toBe(17);
    await worker.close();
    expect(complaints).toEqual([]);

    const cookies = await context.cookies(url);
    expect(cookies).toMatchObject([{ name: '__Host-queues', httpOnly: true, secure: true, sameSite: 'Strict' }]);
    await page.goto(`${url}/admin/queues/sign-out`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are signed out.').waitFor();
    await page.goto(`${url}/admin/queues`);
    await page.getByLabel('Password').waitFor();
    await context.addCookies(cookies);
    expect((await page.goto(`${url}/admin/queues`))!.status()).toBe(401);
    await context.close();
  });

  it('asks for the second factor of who has one', async () => {
    if (!browser) return;
    const staff = await addTotp(app, await createStaff(app, ['jobs:read']));
    const context = await browser.newContext();
    const page = await open(context);
    await signIn(page, staff.user.email);
    await page.getByLabel(/Code of your authenticator app/).fill(wrongCode(staff));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('status').waitFor();
    await page.getByLabel(/Code of your authenticator app/).fill(await freshCode(app, staff));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`${url}/admin/queues`);
    await page.getByText(QUEUES.orderMail, { exact: true }).first().waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('refuses staff without jobs:read, and leaves no session', async () => {
    if (!browser) return;
    const staff = await createStaff(app, ['orders:read']);
    const context = await browser.newContext();
    const page = await open(context);
    await signIn(page, staff.user.email);
    await page.getByText('it needs the scope jobs:read').waitFor();
    expect(await context.cookies(url)).toEqual([]);
    const sessions = await app.get('/auth/sessions', { token: staff.token });
    expect(sessions.json<{ data: unknown[] }>().data).toHaveLength(1);
    await context.close();
  });
});

/** Says yes where the board asks again. */
async function confirm(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^(confirm|yes)/i }).click();
}
