import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import type { Environment } from '../../config/environment.js';
import { InvalidRequestError } from '../errors/request.errors.js';
import { Secrets } from '../secrets.js';
import { Cursors } from './cursor.js';

const cursorsOf = (key = randomBytes(32)) =>
  new Cursors(new Secrets({ SECRETS_KEY: key.toString('hex') } as Environment));
const cursors = cursorsOf();
const POSITION = ['2026-01-01T00:00:00.000Z', 1999, null, 'ünïcode 😀'];

describe('Cursors', () => {
  it('reads back the position, and looks like a word', () => {
    const cursor = cursors.encode('orders', POSITION);
    expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(cursors.decode('orders', cursor)).toEqual(POSITION);
  });

  it('makes the same one again for the same position, and another for another list', () => {
    const cursor = cursors.encode('orders', POSITION);
    expect(cursors.encode('orders', POSITION)).toBe(cursor);
    expect(cursors.encode('products', POSITION)).not.toBe(cursor);
    expect(cursors.encode('orders', ['x', ...POSITION])).not.toBe(cursor);
  });

  it('reads back any position', () => {
    const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.maxSafeInteger(), fc.constant(null));
    fc.assert(
      fc.property(fc.string(), fc.array(value), (context, position) => {
        expect(cursors.decode(context, cursors.encode(context, position))).toEqual(position);
      }),
    );
  });

  it.each([
    ['another list', 'products'],
    ['other filters', 'orders status=paid'],
    ['another reader', 'orders user:2'],
    ['nothing', ''],
  ])('refuses a cursor of %s', (_title, context) => {
    expect(() => cursors.decode('orders', cursors.encode(context, POSITION))).toThrow(InvalidRequestError);
  });

  it('does not take text from the context for part of the position', () => {
    const cursor = cursors.encode('orders\n["x"]', []);
    expect(() => cursors.decode('orders', cursor)).toThrow(InvalidRequestError);
  });

  it('refuses a cursor made under another key', () => {
    expect(() => cursors.decode('orders', cursorsOf().encode('orders', POSITION))).toThrow(InvalidRequestError);
  });

  it('refuses every forged one: changed, cut, extended or made up', () => {
    const bytes = Buffer.from(cursors.encode('orders', POSITION), 'base64url');
    const forged = [
      ...Array.from(bytes.keys(), (index) => bytes.map((byte, at) => (at === index ? byte ^ 1 : byte))),
      ...Array.from(bytes.keys(), (length) => bytes.subarray(0, length)),
      Buffer.concat([bytes, Buffer.from(' ')]),
      Buffer.from('[]'),
      Buffer.concat([Buffer.alloc(16), Buffer.from('["a"]')]),
    ];
    for (const one of forged) {
      expect(() => cursors.decode('orders', Buffer.from(one).toString('base64url'))).toThrow(InvalidRequestError);
    }
  });

  it.each(['', 'garbage', 'AAAA', '%00', 'x'.repeat(2000), '../../etc/passwd'])(
    'refuses %p, naming the parameter',
    (cursor) => {
      expect(() => cursors.decode('orders', cursor)).toThrow(
        expect.objectContaining({ errors: [expect.objectContaining({ pointer: '?cursor' })] }),
      );
    },
  );
});
