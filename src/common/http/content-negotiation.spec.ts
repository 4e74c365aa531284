import { languagesOf } from './content-negotiation.js';

describe('languagesOf', () => {
  it.each<[string | undefined, string[]]>([
    [undefined, []],
    ['', []],
    [' , ;q=1', []],
    ['de', ['de']],
    ['fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5', ['fr-ch', 'fr', 'en', 'de', '*']],
    ['en;q=0.2,de', ['de', 'en']],
    ['en;q=0,de;q=0.000', []],
    ['en;q=2, de;level=1;q=0.5', ['en', 'de']],
  ])('reads %j', (header, languages) => expect(languagesOf(header)).toEqual(languages));
});
