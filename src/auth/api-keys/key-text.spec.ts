import { isKeyLike, isWellFormedKey, newKeyText } from './key-text.js';

describe('the text of an API key', () => {
  it('is a mark, a visible part, 43 secret digits of base 62 (256 bits) and a checksum', () => {
    const { key, prefix, hash } = newKeyText();
    expect(key).toMatch(/^shk_[0-9A-Za-z]{57}$/);
    expect(prefix).toBe(key.slice(0, 12));
    expect(62n ** 43n > 2n ** 256n).toBe(true);
    expect(hash).toHaveLength(32);
    expect([isKeyLike(key), isWellFormedKey(key)]).toEqual([true, true]);
  });

  it('ends in the CRC-32 of all before it, in base 62, as scanners compute it', () => {
    const body = `shk_${'A'.repeat(8)}${'b'.repeat(43)}`;
    // CRC-32 (zlib) is 1488440657.
    expect(isWellFormedKey(`${body}1cjLPN`)).toBe(true);
    expect(isWellFormedKey(`${body}1cjLPM`)).toBe(false);
  });

  it('is never the same twice, and uses every digit alike', () => {
    const keys = Array.from({ length: 500 }, () => newKeyText().key);
    expect(new Set(keys).size).toBe(500);
    const seen = new Set(keys.flatMap((key) => [...key.slice(12, 55)]));
    expect(seen.size).toBe(62);
  });

  it('with any one digit changed, cut or added is not well-formed', () => {
    const { key } = newKeyText();
    for (let place = 4; place < key.length; place++) {
      const other = key.charAt(place) === 'a' ? 'b' : 'a';
      expect(isWellFormedKey(key.slice(0, place) + other + key.slice(place + 1))).toBe(false);
    }
    for (const broken of ['', 'shk_', key.slice(0, -1), `${key}a`, key.replace('shk_', 'shr_'), `${key}\n`, ` ${key}`])
      expect(isWellFormedKey(broken)).toBe(false);
  });
});
