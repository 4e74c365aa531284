import { messageOf, shownBody, shownHeaders } from './webhook-message.js';

const EVENT = {
  id: '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f',
  type: 'order.placed',
  occurredAt: new Date('2026-01-15T09:30:00Z'),
  sequence: 1,
  aggregate: { type: 'order', id: '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e90', version: 1 },
  data: {},
  apiVersion: 'v1',
  requestId: null,
};

/** Checks WH-7 and WH-8. */
describe('the body of a webhook', () => {
  it('holds the resource while it has fewer than 20,000 bytes, and says so otherwise', () => {
    expect(JSON.parse(messageOf(EVENT))).toMatchObject({ type: 'order.placed', timestamp: '2026-01-15T09:30:00.000Z' });
    expect(JSON.parse(messageOf(EVENT))).not.toHaveProperty('resource');
    expect(JSON.parse(messageOf(EVENT, { note: 'x' })).resource).toEqual({ note: 'x' });
    expect(JSON.parse(messageOf(EVENT, null)).resource).toBeNull();
    const large = messageOf(EVENT, { note: '\u20ac'.repeat(7_000) });
    expect(JSON.parse(large)).toMatchObject({ resourceLeftOut: true });
    expect(JSON.parse(large)).not.toHaveProperty('resource');
    expect(Buffer.byteLength(large)).toBeLessThan(1_000);
  });
});

describe('what is kept of an answer', () => {
  it('is its beginning, as text that PostgreSQL can keep', () => {
    expect(shownBody(Buffer.from('a\0b'))).toBe('a\ufffdb');
    expect(shownBody(Buffer.from([0xff, 0x61]))).toBe('\ufffda');
    expect(shownBody(Buffer.alloc(100_000, 'x'))).toHaveLength(2_048);
  });

  it('masks headers that could be secrets, and keeps 30 of them', () => {
    const names = ['Set-Cookie', 'authorization', 'www-authenticate', 'x-auth-token', 'x-api-key', 'webhook-signature'];
    const shown = shownHeaders(Object.fromEntries(names.map((name) => [name, 'topsecret'])));
    expect(Object.values(shown)).toEqual(names.map(() => '***'));
    expect(shownHeaders({ server: 'nginx', 'x-list': ['a', 'b'] as never })).toEqual({
      server: 'nginx',
      'x-list': 'a,b',
    });
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`x-${index}`, 'x']));
    expect(Object.keys(shownHeaders(many))).toHaveLength(30);
  });
});
