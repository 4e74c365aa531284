import { Controller, Get, Module } from '@nestjs/common';
import { Redis } from 'ioredis';
import { AppModule } from '../../../src/app.module.js';
import { Post } from '../../../src/common/idempotency/write.decorators.js';
import { RateLimit, type RateLimitPolicy } from '../../../src/common/rate-limit/rate-limit.decorator.js';
import { Public } from '../../../src/common/security/access.decorators.js';
import { TestApp } from '../../support/test-app.js';
import { testEnvironment } from '../../support/test-environment.js';
import { eventually } from '../../support/test-worker.js';

const SHARED: RateLimitPolicy = {
  name: 'test-shared',
  limit: 30,
  windowSeconds: 60,
  per: 'caller',
  withoutRedis: 'open',
};
const CLOSED: RateLimitPolicy = {
  name: 'test-closed',
  limit: 30,
  windowSeconds: 60,
  per: 'address',
  withoutRedis: 'closed',
};
const ACCOUNT: RateLimitPolicy = {
  name: 'test-account',
  limit: 4,
  windowSeconds: 60,
  per: 'address',
  also: (request) =>
    request.headers['x-account'] === undefined ? undefined : `account:${String(request.headers['x-account'])}`,
  withoutRedis: 'open',
};
const SHORT: RateLimitPolicy = { name: 'test-short', limit: 1, windowSeconds: 1, per: 'caller', withoutRedis: 'open' };

@Public()
@Controller({ path: 'limits', version: '1' })
class LimitsController {
  @Get('read')
  read(): object {
    return {};
  }

  @Post('write')
  write(): object {
    return {};
  }

  @RateLimit(SHARED)
  @Get('shared')
  shared(): object {
    return {};
  }

  @RateLimit(CLOSED)
  @Get('closed')
  closed(): object {
    return {};
  }

  @RateLimit(ACCOUNT)
  @Get('account')
  account(): object {
    return {};
  }

  @RateLimit(SHORT)
  @Get('short')
  short(): object {
    return {};
  }
}

@Module({ controllers: [LimitsController] })
class LimitsModule {}

const startApp = (overrides: Parameters<typeof testEnvironment>[0] = {}): Promise<TestApp> => {
  const settings = { RATE_LIMIT_SCALE: '1', ...overrides };
  const root = AppModule.register(testEnvironment(settings));
  return TestApp.start(settings, { root: { ...root, imports: [...(root.imports ?? []), LimitsModule] } });
};

const get = (
  app: TestApp,
  path: string,
  { from = '192.0.2.1', headers = {} }: { from?: string; headers?: Record<string, string> } = {},
) => app.app.inject({ method: 'GET', url: `/api/v1/limits/${path}`, remoteAddress: from, headers });

const inTurn = async <T>(times: number, work: () => Promise<T>): Promise<T[]> => {
  const results: T[] = [];
  for (let index = 0; index < times; index++) results.push(await work());
  return results;
};

describe('Rate limits', () => {
  let one: TestApp;
  let other: TestApp;
  let redis: Redis;

  beforeAll(async () => {
    redis = new Redis(process.env.REDIS_URL!);
    [one, other] = await Promise.all([startApp(), startApp()]);
  });
  afterAll(async () => {
    await Promise.all([one.close(), other.close()]);
    await redis.quit();
  });
  beforeEach(async () => {
    const keys = await redis.keys('*rate-limit:test-*');
    if (keys.length > 0) await redis.del(...keys);
  });

  it('lets through exactly the limit of a burst of three times that over two processes', async () => {
    const answers = await Promise.all(Array.from({ length: 90 }, (_, index) => get(index % 2 ? one : other, 'shared')));
    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(30);
    expect(answers.filter(({ statusCode }) => statusCode === 429)).toHaveLength(60);
  });

  it('tells where the caller stands, and when to come back', async () => {
    const startedAt = performance.now();
    const [first, second] = await inTurn(2, () => get(one, 'shared'));
    const earliest = 59 - (performance.now() - startedAt) / 1_000;
    expect(first!.headers['ratelimit-policy']).toBe('"test-shared";q=30;w=60');
    for (const [index, { headers }] of [first!, second!].entries()) {
      const [, left, t] = /^"test-shared";r=(\d+);t=(\d+)$/.exec(String(headers.ratelimit))!;
      expect(Number(left)).toBe(29 - index);
      expect(Number(t)).toBeGreaterThan(earliest);
      expect(Number(t)).toBeLessThanOrEqual(60);
    }
    const answers = await inTurn(29, () => get(one, 'shared'));
    expect(answers.at(-2)!.statusCode).toBe(200);
    const refused = answers.at(-1)!;
    expect(refused.statusCode).toBe(429);
    expect(refused.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(refused.json()).toMatchObject({ code: 'request.rate_limited', 'violated-policies': ['test-shared'] });
    const t = Number(/t=(\d+)$/.exec(String(refused.headers.ratelimit))![1]);
    expect(refused.headers.ratelimit).toBe(`"test-shared";r=0;t=${t}`);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(t);
  });

  it('counts each caller alone, and gives a forged X-Forwarded-For no weight', async () => {
    await inTurn(31, () => get(one, 'shared'));
    const forged = await get(one, 'shared', {
      headers: { 'x-forwarded-for': '198.51.100.7', forwarded: 'for=198.51.100.7' },
    });
    expect(forged.statusCode).toBe(429);
    expect((await get(one, 'shared', { from: '192.0.2.2' })).statusCode).toBe(200);
  });

  it('counts what the request aims at as well, wherever it comes from', async () => {
    const aim = (from: string) => get(one, 'account', { from, headers: { 'x-account': 'a@b.test' } });
    const statuses = [];
    for (let index = 0; index < 6; index++) statuses.push((await aim(`192.0.2.${index}`)).statusCode);
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
    expect((await get(one, 'account', { from: '192.0.2.100' })).statusCode).toBe(200);
  });

  it('starts anew when the window has ended', async () => {
    const [first] = await inTurn(1, () => get(one, 'short'));
    expect(first!.statusCode).toBe(200);
    // On a busy machine a second may pass between one request and the next.
    let refused = first!;
    await eventually(async () => (refused = await get(one, 'short')).statusCode === 429);
    expect(refused.headers['retry-after']).toBe('1');
    await eventually(async () => (await get(one, 'short')).statusCode === 200);
  });

  it('counts reads and writes without a policy of their own apart, in the process', async () => {
    // The window is not what this is about: it must not end in between.
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now());
    const read = await get(one, 'read', { from: '192.0.2.50' });
    const write = await one.app.inject({ method: 'POST', url: '/api/v1/limits/write', remoteAddress: '192.0.2.50' });
    expect(read.headers.ratelimit).toBe('"read";r=599;t=60');
    expect(write.headers.ratelimit).toBe('"write";r=239;t=60');
    expect((await get(other, 'read', { from: '192.0.2.50' })).headers.ratelimit).toBe('"read";r=599;t=60');
    const rest = await inTurn(600, () => get(one, 'read', { from: '192.0.2.50' }));
    clock.mockRestore();
    expect(rest.map(({ statusCode }) => statusCode)).toEqual([...Array<number>(599).fill(200), 429]);
  });

  it('multiplies every limit by RATE_LIMIT_SCALE', async () => {
    const scaled = await startApp({ RATE_LIMIT_SCALE: '0.1' });
    const answers = await inTurn(4, () => get(scaled, 'shared', { from: '192.0.2.60' }));
    await scaled.close();
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 429]);
    expect(answers[0]!.headers['ratelimit-policy']).toBe('"test-shared";q=3;w=60');
  });
});

describe('Rate limits without Redis', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({ REDIS_URL: 'redis://127.0.0.1:9' });
  });
  afterAll(() => app.close());

  it('lets a policy that stays open go on, counted in the process', async () => {
    const answers = await inTurn(31, () => get(app, 'shared'));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([...Array<number>(30).fill(200), 429]);
  });

  it('answers 503 with Retry-After for a policy that closes', async () => {
    const answer = await get(app, 'closed');
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('2');
    expect(answer.json()).toMatchObject({ code: 'service.unavailable' });
  });

  it('needs no Redis for what is counted in the process', async () => {
    expect((await get(app, 'read')).statusCode).toBe(200);
  });
});
