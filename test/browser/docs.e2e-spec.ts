import { readFile } from 'node:fs/promises';
import type { Browser, Locator, Page } from 'playwright-core';
import { createProduct } from '../factories/product.factory.js';
import { makeFolder, removeFolder, StorehouseProcess } from '../e2e/lifecycle/storehouse-process.js';
import { launchChromium } from '../support/chromium.js';
import { TestApp } from '../support/test-app.js';

const PASSWORD = 'seven quiet otters swim';

/** As much of an element of the page as is read. */
interface Tag {
  dataset: { tag: string };
}

/** As much of the document as says in which order its tags are shown. */
interface TagLists {
  tags: { name: string }[];
  'x-tagGroups': { name: string; tags: string[] }[];
}

/** Runs in the page: until it has been drawn twice, the second time with what the first has brought about. */
const DRAWN = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))';

/** Swagger UI as a reader of the docs uses it. */
class DocsPage {
  readonly complaints: string[] = [];

  constructor(private readonly page: Page) {
    page.on('console', (message) => {
      if (message.type() === 'error' || /Content Security Policy/i.test(message.text()))
        this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('request', (request) => {
      if (!/^(http:\/\/localhost|http:\/\/127\.0\.0\.1|data:|blob:)/.test(request.url()))
        this.complaints.push(`asked for ${request.url()}`);
    });
  }

  async open(url: string): Promise<void> {
    await this.page.goto(`${url}/docs`);
    await this.page.waitForSelector('.opblock');
  }

  async block(tag: string, operationId: string): Promise<Locator> {
    const selector = `#operations-${tag}-${operationId}`;
    await this.scrollTo(selector);
    return this.page.locator(selector);
  }

  /** Fills the body of an operation, executes it, and reads what the page shows of the answer. */
  async tryItOut(
    tag: string,
    operationId: string,
    body: object,
  ): Promise<{ status: string; body: Record<string, string> }> {
    const block = await this.block(tag, operationId);
    await block.locator('.opblock-summary-control').click();
    await block.locator('.try-out__btn').click();
    await block.locator('.body-param__text').fill(JSON.stringify(body));
    await block.locator('.execute').click();
    const answer = block.locator('.live-responses-table .response');
    await answer.waitFor();
    const status = await answer.locator('.response-col_status').innerText();
    return {
      status: status.trim(),
      body: JSON.parse(await answer.locator('.highlight-code code').first().innerText()),
    };
  }

  /** Puts a token behind the Authorize button. */
  async authorize(token: string): Promise<void> {
    await this.page.locator('.auth-wrapper .authorize').click();
    await this.page.locator('#auth-bearer-value').fill(token);
    const form = this.page.locator('.auth-container').first();
    await form.locator('.auth-btn-wrapper .authorize').click();
    await form.locator('.auth-btn-wrapper .btn-done').click();
  }

  /** The tags that a reader meets who scrolls down to `last`, in their order. */
  async tagsTo(last: string): Promise<string[]> {
    const met = new Set<string>();
    await this.scrollTo(`.opblock-tag[data-tag="${last}"]`, async () => {
      const tags = this.page.locator('.opblock-tag');
      const names = await tags.evaluateAll((all) => all.map((tag) => (tag as unknown as Tag).dataset.tag));
      for (const name of names) met.add(name);
    });
    return [...met];
  }

  /** Scrolls down from the top until `selector` is there: Swagger UI draws only what is near the window. */
  private async scrollTo(selector: string, onStep = () => Promise.resolve()): Promise<void> {
    await this.page.evaluate('scrollTo(0, 0)');
    for (let steps = 0; steps < 500; steps++) {
      await onStep();
      if ((await this.page.locator(selector).count()) > 0) return;
      await this.page.evaluate('scrollBy(0, 500)');
      await this.page.evaluate(DRAWN);
      await this.page.waitForTimeout(50);
    }
    throw new Error(`The page has no ${selector}`);
  }
}

// A browser that shares two cores with everything else may take its time; what it shows is what is tested.
jest.setTimeout(300_000);

describe('The docs of the built program', () => {
  let app: TestApp;
  let folder: string;
  let server: StorehouseProcess;
  let browser: Browser | undefined;

  beforeAll(async () => {
    app = await TestApp.start();
    folder = await makeFolder();
    const { DATABASE_URL, REDIS_URL, REDIS_FLAVOUR, SECRETS_KEY, JWT_PRIVATE_KEYS } = process.env as Record<
      string,
      string
    >;
    server = StorehouseProcess.spawn(folder, {
      ROLE: 'api',
      RATE_LIMIT_SCALE: '1000',
      DATABASE_URL: DATABASE_URL!,
      REDIS_URL: REDIS_URL!,
      REDIS_FLAVOUR: REDIS_FLAVOUR!,
      SECRETS_KEY: SECRETS_KEY!,
      JWT_PRIVATE_KEYS: JWT_PRIVATE_KEYS!,
    });
    await server.ready();
    browser = await launchChromium('Swagger UI is');
  });
  afterAll(async () => {
    await browser?.close();
    await server.end();
    await app.close();
    await removeFolder(folder);
  });

  it.each(['/', '/dev/mail', '/dev/mail/templates', '/account/page.css', '/metrics'])(
    'stand beside %s',
    async (path) => {
      const answer = await fetch(server.url + path, { headers: { accept: 'text/html, */*' } });
      expect(answer.status).toBe(200);
    },
  );

  it('are the document of the repository', async () => {
    const response = await fetch(`${server.url}/docs-json`);
    expect(await response.json()).toEqual(JSON.parse(await readFile('openapi.json', 'utf8')));
  });

  it('come with the other pages, which find their files wherever the program is started', async () => {
    for (const path of ['/', '/dev/mail', '/dev/mail/templates', '/account/verify-email', '/account/page.css']) {
      const response = await fetch(server.url + path, { headers: { accept: 'text/html,*/*;q=0.8' } });
      expect({ path, status: response.status }).toEqual({ path, status: 200 });
    }
  });

  it('let a reader register, authorize and place an order in a browser, under their Content-Security-Policy', async () => {
    if (!browser) return;
    const product = await createProduct(app, { stock: 10 });
    const page = await browser.newPage();
    const docs = new DocsPage(page);
    await docs.open(server.url);
    // The shop comes first, in the order of the document.
    const { tags, 'x-tagGroups': groups } = JSON.parse(await readFile('openapi.json', 'utf8')) as TagLists;
    const shop = new Set(groups.find(({ name }) => name === 'Shop')!.tags);
    const inOrder = tags.map(({ name }) => name).filter((name) => shop.has(name));
    expect(inOrder.slice(0, 4)).toEqual(['products', 'categories', 'inventory', 'carts']);
    expect((await docs.tagsTo('auth')).slice(0, inOrder.length + 1)).toEqual([...inOrder, 'auth']);

    // "Try it out" asks for the plain list: no filter is filled in.
    const block = await docs.block('products', 'listProducts');
    await block.locator('.opblock-summary-control').click();
    await block.locator('.try-out__btn').click();
    await block.locator('.execute').click();
    await block.locator('.live-responses-table .response').waitFor();
    const asked = new URL(await block.locator('.request-url pre').innerText());
    expect([...asked.searchParams].filter(([name]) => name !== 'limit' && name !== 'currency')).toEqual([]);
    expect(await block.locator('.live-responses-table .response-col_status').last().innerText()).toContain('200');

    const email = `browser-${process.pid}-${Date.now()}@example.com`;
    const registered = await docs.tryItOut('auth', 'register', { email, password: PASSWORD });
    expect(registered.status).toBe('201');
    await docs.authorize(registered.body.accessToken!);

    const lines = [{ variantId: product.variants[0]!.id, quantity: 2 }];
    const placed = await docs.tryItOut('orders', 'placeOrder', { lines });
    expect(placed.status).toBe('201');
    expect(placed.body).toMatchObject({ status: 'pending_payment', email });
    const [order] = await app.database.query<{ owner: string }>(
      'SELECT users.email AS owner FROM orders JOIN users ON users.id = orders.customer_id WHERE orders.id = $1',
      [placed.body.id],
    );
    expect(order).toEqual({ owner: email });

    await page.reload();
    await page.waitForSelector('.opblock');
    await page.locator('.auth-wrapper .authorize.locked').waitFor();
    expect(docs.complaints).toEqual([]);
  });
});
