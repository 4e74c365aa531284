import { MAX_ATTEMPTS, outcomeOf } from './webhook-outcome.js';

const NOW = new Date('2026-01-15T09:30:00Z');
const SECONDS = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
const answer = (status: number, retryAfter?: string) => ({
  status,
  headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
});

/** Check WH-3. */
describe('what comes of a try', () => {
  it('takes any 2xx for success and nothing else', () => {
    for (const status of [200, 201, 202, 204, 299])
      expect(outcomeOf(answer(status), 1, NOW)).toMatchObject({ status: 'succeeded', retryInMs: null });
    for (const status of [301, 302, 307, 308, 400, 401, 404, 422, 500, 502])
      expect(outcomeOf(answer(status), 1, NOW).status).toBe('pending');
    expect(outcomeOf(null, 1, NOW).status).toBe('pending');
  });

  it('waits 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h, a fifth more or less, and gives up after ten tries', () => {
    for (const [index, seconds] of SECONDS.entries()) {
      const pauses = Array.from({ length: 50 }, () => outcomeOf(null, index + 1, NOW).retryInMs! / 1_000 / seconds);
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(0.8);
      expect(Math.max(...pauses)).toBeLessThanOrEqual(1.2);
      expect(new Set(pauses).size).toBeGreaterThan(25);
    }
    expect(MAX_ATTEMPTS).toBe(10);
    expect(outcomeOf(null, 10, NOW)).toEqual({ status: 'failed', retryInMs: null, peaceMs: null, isGone: false });
  });

  it('keeps Retry-After of 429 and 503, in seconds or as a date, up to a day', () => {
    expect(outcomeOf(answer(429, '60'), 1, NOW)).toMatchObject({ retryInMs: 60_000, peaceMs: 60_000 });
    expect(outcomeOf(answer(503, 'Thu, 15 Jan 2026 09:31:00 GMT'), 1, NOW).peaceMs).toBe(60_000);
    expect(outcomeOf(answer(429, '99999999'), 1, NOW).peaceMs).toBe(86_400_000);
    // The longer of both pauses.
    expect(outcomeOf(answer(429, '60'), 3, NOW).retryInMs).toBeGreaterThan(1_000_000);
    for (const value of ['soon', '-5', '0', '', 'Thu, 15 Jan 2025 09:31:00 GMT'])
      expect(outcomeOf(answer(429, value), 1, NOW).peaceMs).toBeNull();
    expect(outcomeOf(answer(500, '60'), 1, NOW).peaceMs).toBeNull();
  });

  it('believes 410', () => {
    expect(outcomeOf(answer(410), 1, NOW)).toMatchObject({ status: 'failed', isGone: true });
  });
});
