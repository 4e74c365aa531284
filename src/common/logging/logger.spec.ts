import { prettyFactory } from 'pino-pretty';
import { createLogger, PinoLoggerService, PRETTY_OPTIONS } from './logger.js';

function recorder(level = 'trace') {
  const lines: string[] = [];
  const logger = createLogger(
    { LOG_LEVEL: level, LOG_FORMAT: 'json', ROLE: 'worker' },
    { write: (line: string) => void lines.push(line) },
  );
  return { logger, lines, last: () => JSON.parse(lines.at(-1)!) as Record<string, unknown> };
}

describe('createLogger', () => {
  it.each([
    'authorization',
    'cookie',
    'password',
    'currentPassword',
    'newPassword',
    'passwordHash',
    'token',
    'accessToken',
    'refreshToken',
    'orderToken',
    'cartToken',
    'secret',
    'clientSecret',
    'key',
    'x-order-token',
    'x-cart-token',
  ])('replaces %s, three levels deep, by [redacted]', (name) => {
    const { logger, lines, last } = recorder();
    logger.info(
      {
        [name]: 's3cr3t-1',
        inner: { [name]: 's3cr3t-2', deeper: { [name]: 's3cr3t-3' } },
        list: [{ [name]: 's3cr3t-4' }],
      },
      'said',
    );
    expect(lines.join()).not.toContain('s3cr3t');
    expect(last()).toMatchObject({
      [name]: '[redacted]',
      inner: { [name]: '[redacted]', deeper: { [name]: '[redacted]' } },
    });
  });

  it('writes one JSON object a line, with time in UTC, level and role', () => {
    const { logger, lines, last } = recorder();
    logger.warn({ note: 'a\nb\x1b[31m"c' }, 'line\nfeed');
    expect(lines).toHaveLength(1);
    expect(lines[0]!.trimEnd()).not.toContain('\n');
    expect(lines[0]).not.toContain('\x1b');
    expect(last()).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      role: 'worker',
      note: 'a\nb\x1b[31m"c',
      msg: 'line\nfeed',
    });
  });

  it('tells the statement that failed, but not the values in it', () => {
    const { logger, lines, last } = recorder();
    const failure = Object.assign(new Error('duplicate key'), {
      query: 'INSERT INTO users (email) VALUES ($1)',
      parameters: ['ada@example.com'],
      detail: 'Key (email)=(ada@example.com) already exists.',
      driverError: Object.assign(new Error('duplicate key'), {
        detail: 'Key (email)=(ada@example.com) already exists.',
        code: '23505',
      }),
    });
    logger.error({ err: failure }, 'unexpected failure');
    expect(lines.join()).not.toContain('ada@example.com');
    expect(last().err).toMatchObject({
      message: 'duplicate key',
      query: failure.query,
      stack: expect.stringContaining('duplicate key'),
    });
  });

  it('shows a request to people in one line, and whatever else is logged too', () => {
    const { logger, lines } = recorder();
    const request = { requestId: 'r-1', method: 'GET', path: '/api/v1/products', status: 200, ms: 3.2, userId: 'u-1' };
    logger.info({ ...request, address: '127.0.0.1' }, 'request');
    logger.warn({ context: 'Relay', rows: { deleted: 3 } }, 'Slow');
    const pretty = prettyFactory({ ...PRETTY_OPTIONS, colorize: false });
    const shown = lines.map((line) => pretty(line));
    expect(shown).toEqual([
      expect.stringMatching(
        /^\[\d\d:\d\d:\d\d\] INFO: GET \/api\/v1\/products 200 3\.2 ms \{"requestId":"r-1","userId":"u-1"\}\n$/,
      ),
      expect.stringMatching(/^\[\d\d:\d\d:\d\d\] WARN: Slow \{"context":"Relay","rows":\{"deleted":3\}\}\n$/),
    ]);
  });

  it('is silent below its level', () => {
    const { logger, lines } = recorder('error');
    logger.info('not said');
    logger.error('said');
    expect(lines).toHaveLength(1);
  });
});

describe('PinoLoggerService', () => {
  it('keeps what Nest tells of its start for debugging, and passes on what matters', () => {
    const { logger, lines, last } = recorder('info');
    const service = new PinoLoggerService(logger);
    service.log('Mapped {/x, GET} route', 'RouterExplorer');
    service.debug('detail', 'Any');
    service.verbose('detail', 'Any');
    expect(lines).toHaveLength(0);
    service.warn('careful', 'RateLimiter');
    expect(last()).toMatchObject({ level: 'warn', context: 'RateLimiter', msg: 'careful' });
    service.error('broken', 'Error: at x', 'Relay');
    expect(last()).toMatchObject({ level: 'error', context: 'Relay', stack: 'Error: at x', msg: 'broken' });
    service.fatal('over', 'Main');
    expect(last()).toMatchObject({ level: 'fatal', context: 'Main' });
  });
});
