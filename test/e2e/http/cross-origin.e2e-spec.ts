import { TestApp } from '../../support/test-app.js';
import { withProbe } from './probe.module.js';

const ALLOWED = ['https://shop.test', 'http://localhost:5173'];

describe('Cross-origin access', () => {
  let app: TestApp;

  beforeAll(async () => {
    const overrides = { CORS_ORIGINS: ALLOWED.join(', ') };
    app = await TestApp.start(overrides, withProbe(overrides));
  });
  afterAll(() => app.close());

  it.each(ALLOWED)('lets the browser of %s read answers and problems', async (origin) => {
    for (const path of ['/probe/notes/1', '/probe/notes/missing']) {
      const { headers } = await app.get(path, { headers: { origin } });
      expect(headers['access-control-allow-origin']).toBe(origin);
      expect(headers['access-control-expose-headers']).toBe(
        'ETag, Location, Link, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, Idempotent-Replayed, WWW-Authenticate',
      );
      expect(headers['access-control-allow-credentials']).toBeUndefined();
      expect(headers.vary).toContain('Origin');
    }
  });

  it.each([
    'https://evil.test',
    'null',
    'https://shop.test.evil.test',
    'https://evilshop.test',
    'http://shop.test',
    'https://shop.test:8443',
    'https://shop.test/',
    'HTTPS://SHOP.TEST',
    'https://sub.shop.test',
    '*',
  ])('tells the browser of %s nothing', async (origin) => {
    const plain = await app.get('/probe/notes/1', { headers: { origin } });
    const preflight = await app.send('OPTIONS', '/probe/notes', {
      headers: { origin, 'access-control-request-method': 'POST' },
    });
    for (const { headers } of [plain, preflight]) {
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(headers.vary).toContain('Origin');
    }
  });

  it('varies by Origin even when there is none', async () => {
    expect((await app.get('/probe/notes/1')).headers.vary).toContain('Origin');
    expect((await app.get('//nowhere')).headers.vary).toContain('Origin');
  });

  it('tells a preflight the methods of the path and the header fields that mean something here', async () => {
    const { statusCode, headers, body } = await app.send('OPTIONS', '/probe/notes/1', {
      headers: {
        origin: ALLOWED[0]!,
        'access-control-request-method': 'PATCH',
        'access-control-request-headers': 'x-evil, content-type',
      },
    });
    expect({ statusCode, body }).toEqual({ statusCode: 204, body: '' });
    expect(headers).toMatchObject({
      'access-control-allow-origin': ALLOWED[0],
      'access-control-allow-methods': 'GET, HEAD, PATCH',
      'access-control-max-age': '600',
    });
    expect(headers['access-control-allow-headers']).toMatch(/Authorization, Content-Type, Idempotency-Key, If-Match/);
    expect(headers['access-control-allow-headers']).not.toContain('evil');
  });
});
