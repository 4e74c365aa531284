import { canonicalLanguageTag } from './language-tag.js';

describe('canonicalLanguageTag', () => {
  it.each([
    ['EN-gb', 'en-GB'],
    ['zh-hant-tw', 'zh-Hant-TW'],
    ['de', 'de'],
    ['iw', 'he'],
  ])('makes %s into %s', (text, tag) => expect(canonicalLanguageTag(text)).toBe(tag));

  it.each(['', 'english_uk', 'e', 'en--GB', 'en-GB ', '12', 'en_GB'])('knows no %j', (text) =>
    expect(canonicalLanguageTag(text)).toBeNull(),
  );
});
