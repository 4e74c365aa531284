import type { Environment } from '../config/environment.js';
import { PasswordRejectedError } from './auth.errors.js';
import { PasswordPolicy } from './password-policy.js';
import { Passwords } from './passwords.js';
import { LeakedPasswords } from './passwords/leaked-passwords.js';
import { PasswordStrength } from './passwords/password-strength.js';

describe('PasswordPolicy', () => {
  const strength = new PasswordStrength();
  const policy = new PasswordPolicy(new LeakedPasswords(), strength, new Passwords(), {
    MAIL_FROM: 'Brook & Sons <no-reply@brook.example>',
  } as Environment);
  const codeOf = async (password: string, email = 'ada@example.com', name?: string) =>
    (await policy.objectionTo(password, { email, name }))?.code;

  afterAll(() => strength.onModuleDestroy());

  it('asks for 15 characters, counted after NFC and by character', async () => {
    expect(await codeOf('x7kq mbw2 vtrp')).toBe('too_short');
    expect(await codeOf('x7kq mbw2 vtrpz')).toBeUndefined();
    expect(await codeOf('e\u0301x7kq mbw2 vtr')).toBe('too_short');
    expect(await codeOf('🦦🐘🦊🐢🐙🦉🐝')).toBe('too_short');
    expect(await codeOf('🦦🐘🦊🐢🐙🦉🐝🦋🐬🦀🐓🦔🐇🐋🦚')).toBeUndefined();
  });

  it('takes 256 characters and not one more', async () => {
    const long = Array.from({ length: 64 }, (_, index) => `${(index * 7919) % 9973}`.padStart(4, 'q')).join('');
    expect(await codeOf(long)).toBeUndefined();
    expect(await codeOf(`${long}x`)).toBe('too_long');
  });

  it.each([
    'kwvbxqzrjtmpfhgdlcny',
    'seven quiet otters',
    '829471605538204',
    'ünïcödé wörds hére',
    'no upper case no digits',
    'pizza margherita at noon',
    'meine katze heißt anders',
  ])('has no rule on kinds of characters: takes "%s"', async (password) =>
    expect(await codeOf(password)).toBeUndefined(),
  );

  it.each([
    ['ada@example.com and more', 'contains_email'],
    ['ADA@Example.com!!!!!', 'contains_email'],
    ['storehouse2026!!', 'contains_site_name'],
    ['MyStoreHouse-key', 'contains_site_name'],
    ['brook and sons 2026', undefined],
    ['Brook+Sons 2026!', 'contains_site_name'],
    ['aaaaaaaaaaaaaaaa', 'repetitive'],
    ['abcabcabcabcabcabc', 'repetitive'],
    ['hunterXhunterXhunterX', 'breached'],
    ['123456789012345', 'repetitive'],
    ['qwertyuiopasdfg', 'repetitive'],
    ['abcdefghijklmnopq', 'repetitive'],
    ['987654321098765', 'repetitive'],
    ['welcome welcome 2026', 'repetitive'],
    ['password1234567', 'common'],
    ['P@ssw0rd-P@ssw0rd', 'breached'],
    ['correct horse battery staple', 'common'],
    ['this is my password', 'common'],
    ['Passwordpassword1', 'breached'],
    ['iloveyou-iloveyou', 'breached'],
    ['iloveyou12345678', 'breached'],
    ['1qaz2wsx3edc4rfv', 'breached'],
    ['1QAZ2WSX3edc4rfv', 'breached'],
    ['admin_admin_admin!', 'repetitive'],
    ['monday tuesday wednesday', 'guessable'],
    ['january2024january', 'guessable'],
  ])('refuses "%s" as %s', async (password, code) => expect(await codeOf(password)).toBe(code));

  it.each([
    'Powderfinger2024!',
    '#powderfinger#99',
    'POWDERF1NGER.1987',
    'powderfinger12345678',
    'powderfinger powderfinger',
  ])('finds the leaked "powderfinger" in "%s"', async (password) => expect(await codeOf(password)).toBe('breached'));

  it('takes a leaked word among others: that is a phrase', async () => {
    expect(await codeOf('the powderfinger of my aunt')).toBeUndefined();
  });

  it('refuses the part of the address before the @ when it is long enough to tell', async () => {
    expect(await codeOf('lovelace likes numbers', 'lovelace@example.com')).toBe('contains_email');
    expect(await codeOf('ada likes numbers a lot', 'ada@example.com')).toBeUndefined();
  });

  it('refuses the whole name of the person, however it is written, and counts its parts as easy to guess', async () => {
    expect(await codeOf('AdaLovelace and me', 'a@example.com', 'Ada Lovelace')).toBe('contains_name');
    expect(await codeOf('me: ada-LOVELACE', 'a@example.com', 'Ada Lovelace')).toBe('contains_name');
    expect(await codeOf('xuzimana kevorkia', 'a@example.com', 'Kevorkia Xuzimana')).toBe('guessable');
    expect(await codeOf('xuzimana kevorkia')).toBeUndefined();
    expect(await codeOf('my cat sleeps all day', 'a@example.com', 'Li')).toBeUndefined();
  });

  it('gives each reason in a plain sentence, at the member that holds the password', async () => {
    const refused = policy.hash('password1234567', { email: 'ada@example.com' }, '/newPassword');
    await expect(refused).rejects.toThrow(PasswordRejectedError);
    await expect(refused).rejects.toMatchObject({
      message: 'The password must not be made of the most common passwords.',
      errors: [{ pointer: '/newPassword', code: 'common', message: 'must not be made of the most common passwords' }],
    });
    await expect(policy.hash('seven quiet otters', { email: 'ada@example.com' })).resolves.toMatch(/^\$argon2id\$/);
  });
});
