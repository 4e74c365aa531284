import { entityTag, expectedVersion, matchesNone } from './etag.js';

describe('entityTag', () => {
  it('is strong, changes with every byte, and starts with the version if there is one', () => {
    expect(entityTag('a')).toMatch(/^"[A-Za-z0-9_-]{16}"$/);
    expect(entityTag('a', 7)).toMatch(/^"7-[A-Za-z0-9_-]{16}"$/);
    expect(entityTag('a')).not.toBe(entityTag('b'));
    expect(entityTag('a', 1)).not.toBe(entityTag('a', 2));
    expect(entityTag(Buffer.from('ä'))).toBe(entityTag('ä'));
  });
});

describe('matchesNone', () => {
  it.each([
    ['*', true],
    [' * ', true],
    ['"a"', true],
    ['W/"a"', true],
    ['"b", "a"', true],
    ['"b",W/"a" ,"c"', true],
    ['"A"', false],
    ['a', false],
    ['"b"', false],
    ['', false],
    ['"a', false],
  ])('If-None-Match: %s against "a" is %p', (header, matches) => {
    expect(matchesNone(header, '"a"')).toBe(matches);
  });
});

describe('expectedVersion', () => {
  it.each([
    [undefined, undefined],
    ['*', undefined],
    ['"3"', 3],
    ['"3-abc_D-1"', 3],
    ['"1", "3-abc"', 3],
    ['W/"3"', -1],
    ['3', -1],
    ['"x"', -1],
    ['""', -1],
    ['', -1],
    ['"-3"', -1],
    ['"3.5"', -1],
    ['"12345678901"', -1],
    ['W/"3", "2"', 2],
  ])('If-Match: %s asks for version %p', (header, version) => {
    expect(expectedVersion(header)).toBe(version);
  });
});
