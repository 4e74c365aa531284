import { objectionTo } from './password-policy.js';

const codeOf = (password: string, email = 'ada@example.com'): string | undefined => objectionTo(password, email)?.code;

describe('objectionTo', () => {
  it('asks for 15 characters, counted after NFC and by character', () => {
    expect(codeOf('x7kq mbw2 vtrp')).toBe('too_short');
    expect(codeOf('x7kq mbw2 vtrpz')).toBeUndefined();
    expect(codeOf('e\u0301x7kq mbw2 vtr')).toBe('too_short');
    expect(codeOf('🦦🐘🦊🐢🐙🦉🐝')).toBe('too_short');
    expect(codeOf('🦦🐘🦊🐢🐙🦉🐝🦋🐬🦀🐓🦔🐇🐋🦚')).toBeUndefined();
  });

  it('takes 256 characters and not one more', () => {
    const long = Array.from({ length: 64 }, (_, index) => `${(index * 7919) % 9973}`.padStart(4, 'q')).join('');
    expect(codeOf(long)).toBeUndefined();
    expect(codeOf(`${long}x`)).toBe('too_long');
  });

  it.each([
    'kwvbxqzrjtmpfhgdlcny',
    'seven quiet otters',
    '829471605538204',
    'ünïcödé wörds hére',
    'no upper case no digits',
  ])('has no rule on kinds of characters: takes "%s"', (password) => expect(codeOf(password)).toBeUndefined());

  it.each([
    ['ada@example.com and more', 'contains_email'],
    ['ADA@Example.com!!!!!', 'contains_email'],
    ['storehouse2026!!', 'contains_site_name'],
    ['MyStoreHouse-key', 'contains_site_name'],
    ['aaaaaaaaaaaaaaaa', 'repetitive'],
    ['abcabcabcabcabcabc', 'repetitive'],
    ['hunterXhunterXhunterX', 'repetitive'],
    ['123456789012345', 'repetitive'],
    ['qwertyuiopasdfg', 'repetitive'],
    ['abcdefghijklmnopq', 'repetitive'],
    ['987654321098765', 'repetitive'],
    ['password1234567', 'common'],
    ['P@ssw0rd-P@ssw0rd', 'common'],
    ['Passwordpassword1', 'common'],
    ['welcome welcome 2026', 'common'],
    ['iloveyou-iloveyou', 'common'],
    ['correct horse battery staple', 'common'],
    ['this is my password', 'common'],
    ['admin_admin_admin!', 'common'],
  ])('refuses "%s" as %s', (password, code) => expect(codeOf(password)).toBe(code));

  it('refuses the part of the address before the @ when it is long enough to tell', () => {
    expect(codeOf('lovelace likes numbers', 'lovelace@example.com')).toBe('contains_email');
    expect(codeOf('ada likes numbers a lot', 'ada@example.com')).toBeUndefined();
  });
});
