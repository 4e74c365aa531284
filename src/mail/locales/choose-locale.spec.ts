import { chooseLocale, LOCALES, spokenLocale } from './choose-locale.js';

describe('chooseLocale', () => {
  it.each([
    [['de'], LOCALES.de, 'de'],
    [['de-CH'], LOCALES.de, 'de-CH'],
    [['DE-at'], LOCALES.de, 'de-AT'],
    [['de-Latn-DE-1996'], LOCALES.de, 'de-Latn-DE-1996'],
    [['de-x-shop'], LOCALES.de, 'de-x-shop'],
    [['fr-CA', 'de'], LOCALES.de, 'de'],
    [[null, undefined, 'de'], LOCALES.de, 'de'],
    [['fr'], LOCALES.en, 'en'],
    [['den'], LOCALES.en, 'en'],
    [['not a tag', 'constructor', ''], LOCALES.en, 'en'],
    [[], LOCALES.en, 'en'],
  ])('chooses for %j', (wishes, messages, tag) => {
    const chosen = chooseLocale(...wishes);
    expect(chosen.messages).toBe(messages);
    expect(chosen.tag).toBe(tag);
  });
});

describe('spokenLocale', () => {
  it('chooses as chooseLocale does, and nothing when nothing that is asked for is spoken', () => {
    expect(spokenLocale(['fr', 'de-at'])?.tag).toBe('de-AT');
    for (const wishes of [['fr'], ['*'], []]) expect(spokenLocale(wishes)).toBeNull();
  });
});
