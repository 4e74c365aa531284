import { createUser, buildUser, TEST_PASSWORD } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

const newEmail = (): string => buildUser().email;

describe('choosing a password', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.close());

  const register = (password: string, more: { email?: string; name?: string } = {}) =>
    app.post('/auth/register', { email: newEmail(), password, ...more });
  const login = (email: string, password: string) => app.post('/auth/login', { email, password });
  const storedHash = async (email: string): Promise<string> =>
    (
      await app.database.query<{ hash: string }>(`SELECT password_hash AS hash FROM users WHERE email_canonical = $1`, [
        email,
      ])
    )[0]!.hash;

  it.each([
    ['7 characters', 'kqvz xm', 422],
    ['8 characters', 'kqvz xmb', 422],
    ['14 characters', 'kqvz xmbw rtpj', 422],
    ['15 characters', 'kqvz xmbw rtpjy', 201],
  ])('PW-1: of %s: %s answers %i, because a password may stand alone', async (_, password, status) => {
    const answer = await register(password);
    expect(answer.statusCode).toBe(status);
    if (status === 422) {
      expect(answer.json()).toMatchObject({
        code: 'auth.password_rejected',
        errors: [{ pointer: '/password', code: 'too_short', message: 'must be at least 15 characters long' }],
      });
    }
  });

  it.each([64, 128, 256])('PW-2: of %i characters is taken, and counts to its last one', async (length) => {
    const email = newEmail();
    const password = Array.from({ length: 64 }, (_, index) => `${(index * 7919) % 9973}`.padStart(4, 'q'))
      .join('')
      .slice(0, length);
    expect((await register(password, { email })).statusCode).toBe(201);
    for (const altered of [
      password.slice(0, 72).slice(0, -1),
      password.slice(0, -1),
      `${password} `,
      password.toUpperCase(),
    ])
      expect((await login(email, altered)).statusCode).toBe(401);
    expect((await login(email, password)).statusCode).toBe(200);
  });

  it('PW-2: with a NUL inside is no password, and not cut there either', async () => {
    const email = newEmail();
    expect((await register('quiet otters swim\u0000at night', { email })).statusCode).toBe(400);
    expect((await register('quiet otters swim', { email })).statusCode).toBe(201);
    expect((await login(email, 'quiet otters swim\u0000at night')).statusCode).toBe(400);
    expect((await login(email, 'quiet otters swim')).statusCode).toBe(200);
  });

  it.each([
    ['20 lower-case letters', 'kwvbxqzrjtmpfhgdlcny'],
    ['words with blanks', 'quiet otters swim at night'],
    ['emoji', '🦦🐘🦊🐢🐙🦉🐝🦋🐬🦀🐓🦔🐇🐋🦚'],
    ['digits of no common kind', '829471605538204'],
    ['signs', '}#~(!<$&*"|^)?;:'],
    ['another script', 'тихие выдры плывут ночью'],
  ])('PW-3: of %s is taken: there are no rules on kinds of characters', async (_, password) => {
    const email = newEmail();
    expect((await register(password, { email })).statusCode).toBe(201);
    expect((await login(email, password)).statusCode).toBe(200);
  });

  it.each([
    ['password1234567', 'common'],
    ['qwertyuiopasdfg', 'repetitive'],
    ['123456789012345', 'repetitive'],
    ['storehouse2026!', 'contains_site_name'],
    ['Storehouse 2026', 'contains_site_name'],
    ['1qaz2wsx3edc4rfv', 'breached'],
    ['iloveyou12345678', 'breached'],
    ['Powderfinger2024', 'breached'],
    ['january2024january', 'guessable'],
    ['adalovelace-1815', 'contains_name'],
  ])('PW-4: "%s" is refused with the reason %s', async (password, code) => {
    const answer = await register(password, { name: 'Ada Lovelace' });
    expect(answer.statusCode).toBe(422);
    const { errors, detail } = answer.json();
    expect(answer.json()).toMatchObject({ code: 'auth.password_rejected', errors: [{ pointer: '/password', code }] });
    expect(detail).toBe(`The password ${errors[0].message}.`);
    expect(JSON.stringify(answer.json())).not.toContain(password);
  });

  it('PW-4: the own e-mail address is refused, in any case and with more around it', async () => {
    const email = newEmail();
    for (const password of [email, email.toUpperCase(), `my address ${email}`, `${email.split('@')[0]!} and more`]) {
      const answer = await register(password, { email });
      expect(answer.json()).toMatchObject({ status: 422, errors: [{ code: 'contains_email' }] });
    }
  });

  it.each([
    ['password1234567', 'common'],
    ['1qaz2wsx3edc4rfv', 'breached'],
    ['too short', 'too_short'],
  ])('PW-4: the same rule holds when a password is changed: "%s" is %s', async (newPassword, code) => {
    const { token } = await createUser(app);
    const answer = await app.post('/auth/password/change', { currentPassword: TEST_PASSWORD, newPassword }, { token });
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({
      code: 'auth.password_rejected',
      errors: [{ pointer: '/newPassword', code }],
    });
  });

  it('PW-5: typed in decomposed form at registration is the same password in composed form, and its length counts so', async () => {
    const email = newEmail();
    expect((await register('cafe\u0301 otters at night', { email })).statusCode).toBe(201);
    expect((await login(email, 'caf\u00e9 otters at night')).statusCode).toBe(200);
    expect((await register('e\u0301kqvz xmbw rtp')).json()).toMatchObject({ errors: [{ code: 'too_short' }] });
  });

  it('PW-9: is stored as argon2id with 19 MiB and two passes; equal passwords have salts of their own', async () => {
    const emails = [newEmail(), newEmail()];
    for (const email of emails) expect((await register(TEST_PASSWORD, { email })).statusCode).toBe(201);
    const hashes = [await storedHash(emails[0]!), await storedHash(emails[1]!)];
    for (const hash of hashes) {
      const { m, t, p } = /^\$argon2id\$v=19\$m=(?<m>\d+),t=(?<t>\d+),p=(?<p>\d+)\$/.exec(hash)!.groups!;
      expect(Number(m)).toBeGreaterThanOrEqual(19_456);
      expect(Number(t)).toBeGreaterThanOrEqual(2);
      expect(p).toBe('1');
    }
    const [first, second] = hashes.map((hash) => hash.split('$').slice(4));
    expect(first![0]).not.toBe(second![0]);
    expect(first![1]).not.toBe(second![1]);
  });

  it('PW-13: spellings of one address are one account, and another address is another one', async () => {
    const email = newEmail();
    const [local, domain] = email.split('@') as [string, string];
    expect((await register(TEST_PASSWORD, { email })).statusCode).toBe(201);
    for (const same of [email.toUpperCase(), `${local}@${domain.toUpperCase()}`, ` ${email} `])
      expect((await register(TEST_PASSWORD, { email: same })).statusCode).toBe(409);
    expect((await register(TEST_PASSWORD, { email: `${local}+shop@${domain}` })).statusCode).toBe(201);
    expect((await register(TEST_PASSWORD, { name: 'Ada\r\nBcc: eve@example.org' })).statusCode).toBe(400);
  });

  it('serves reads while passwords are judged and hashed, and refuses none of 40 at once', async () => {
    const registrations = Promise.all(Array.from({ length: 40 }, () => register(`quiet otters ${newEmail()}`)));
    expect((await app.get('/products')).statusCode).toBe(200);
    for (const { statusCode } of await registrations) expect(statusCode).toBe(201);
  });
});
