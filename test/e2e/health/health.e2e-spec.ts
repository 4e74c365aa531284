import { Controller, Get, Module } from '@nestjs/common';
import { AppModule } from '../../../src/app.module.js';
import { Public } from '../../../src/common/security/access.decorators.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { TestApp } from '../../support/test-app.js';
import { testEnvironment } from '../../support/test-environment.js';
import { eventually } from '../../support/test-worker.js';

/** A request that takes as long as the test wants. */
const slow = { arrived: () => undefined as void, release: () => undefined as void, answer: Promise.resolve() };

@Public()
@Controller({ path: 'slow', version: '1' })
class SlowController {
  @Get()
  async wait(): Promise<{ isDone: boolean }> {
    slow.arrived();
    await slow.answer;
    return { isDone: true };
  }
}

/** What a worker does at shutdown: it lets its jobs end before anything is closed. */
class SlowShutdown {
  beforeApplicationShutdown(): Promise<void> {
    return slow.answer;
  }
}

@Module({ controllers: [SlowController], providers: [SlowShutdown] })
class SlowModule {}

describe('health', () => {
  const apps: TestApp[] = [];
  const proxies: TcpProxy[] = [];
  const start = async (...overrides: Parameters<typeof TestApp.start>): Promise<TestApp> => {
    const app = await TestApp.start(...overrides);
    apps.push(app);
    return app;
  };

  afterEach(async () => {
    slow.release();
    await Promise.all(apps.splice(0).map((app) => app.close()));
    await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
  });

  it('OP-8: answers both probes with a status and nothing else, without a token, never to be stored', async () => {
    const app = await start();
    for (const path of ['//health/live', '//health/ready']) {
      let answer = await app.get(path);
      await eventually(async () => {
        answer = await app.get(path);
        return answer.json<{ status: unknown }>().status === 'ok';
      });
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toEqual({ status: 'ok' });
      expect(answer.headers['cache-control']).toBe('no-store');
    }
  });

  it('is never refused for too many requests', async () => {
    const app = await start({ RATE_LIMIT_SCALE: '0.001' });
    for (let probe = 0; probe < 20; probe++) {
      const answer = await app.get('//health/live');
      expect(answer.statusCode).toBe(200);
      expect(answer.headers.ratelimit).toBeUndefined();
    }
  });

  it('OP-8: turns red with Retry-After when the database is gone, stays alive, and recovers by itself', async () => {
    const postgres = await TcpProxy.to(process.env.DATABASE_URL!);
    proxies.push(postgres);
    const app = await start({ DATABASE_URL: postgres.url });
    await postgres.close();
    const red = await app.get('//health/ready');
    expect(red.statusCode).toBe(503);
    expect(red.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(Number(red.headers['retry-after'])).toBeGreaterThan(0);
    expect(red.headers['cache-control']).toBe('no-store');
    expect(red.body).not.toMatch(/postgres|ECONN|127\.0\.0\.1|pool/i);
    expect((await app.get('//health/live')).statusCode).toBe(200);
    await postgres.open();
    await eventually(async () => (await app.get('//health/ready')).statusCode === 200);
  });

  it('OP-8: turns red within a second when the database hangs, and asks it once for many probes', async () => {
    const app = await start({ DB_POOL: '2' });
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    // Every connection of the pool is busy, which from here looks the same.
    let taken = 0;
    const busy = [1, 2].map(() =>
      app.database.run(() => {
        taken += 1;
        return held;
      }),
    );
    await eventually(() => taken === 2);
    const answers = await Promise.all(Array.from({ length: 50 }, () => app.get('//health/ready')));
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([503]));
    release();
    await Promise.all(busy);
    await eventually(async () => (await app.get('//health/ready')).statusCode === 200);
  });

  it('says degraded, with 200, while Redis is away', async () => {
    const redis = await TcpProxy.to(process.env.REDIS_URL!);
    proxies.push(redis);
    const app = await start({ REDIS_URL: redis.url });
    const status = async () => (await app.get('//health/ready')).json<{ status: string }>().status;
    await eventually(async () => (await status()) === 'ok');
    await redis.close();
    await eventually(async () => (await status()) === 'degraded');
    await eventually(async () => (await app.get('//health/ready')).statusCode === 200);
    expect(await status()).toBe('degraded');
  });

  it('OP-8: is red from the first moment of the shutdown, while a request in flight is still answered', async () => {
    const app = await start({}, { root: { module: SlowModule, imports: [AppModule.register(testEnvironment())] } });
    await app.app.listen(0, '127.0.0.1');
    const url = await app.app.getUrl();
    slow.answer = new Promise((resolve) => {
      slow.release = resolve;
    });
    const arrived = new Promise<void>((resolve) => {
      slow.arrived = resolve;
    });
    const inFlight = fetch(`${url}/api/v1/slow`);
    await arrived;
    await eventually(async () => (await app.get('//health/ready')).statusCode === 200);
    const closed = apps.pop()!.close();
    let red = await app.get('//health/ready');
    await eventually(async () => (red = await app.get('//health/ready')).statusCode === 503);
    expect(red.headers['retry-after']).toBeDefined();
    expect((await app.get('//health/live')).statusCode).toBe(200);
    slow.release();
    const answer = await inFlight;
    expect([answer.status, await answer.json()]).toEqual([200, { isDone: true }]);
    await closed;
  });
});
