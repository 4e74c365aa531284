import { reasonOf } from './reason.js';

describe('reasonOf', () => {
  it.each<[string, string]>([
    ['Order 01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f is gone', 'Order 01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f is gone'],
    ['violates outbox_events_aggregate_version_key', 'violates outbox_events_aggregate_version_key'],
    ['550 <ada@example.com>: no such user', '550 <[redacted]>: no such user'],
    ['connect smtps://mailer:s3cret@mail.example.com:465', 'connect smtps://[redacted]@mail.example.com:465'],
    ['401 for Bearer abc.def', '401 for Bearer [redacted]'],
    ['shk_4f7aB9c2D1e8G6h3J5k0LmN refused', '[redacted] refused'],
    ['eyJhbGciOiJFUzI1NiIsInR5cCI6.eyJzdWIiOiIx.MEUCIQ is over', '[redacted] is over'],
    ['first line\nat Object.<anonymous>', 'first line'],
  ])('says of %j: %j', (message, reason) => {
    expect(reasonOf(new Error(message))).toBe(reason);
  });

  it('cuts at 500 characters, and has a word for what says nothing', () => {
    expect(reasonOf(new Error('word '.repeat(1_000)))).toHaveLength(500);
    expect(reasonOf(new TypeError())).toBe('TypeError');
    expect(reasonOf('thrown text')).toBe('thrown text');
  });
});
