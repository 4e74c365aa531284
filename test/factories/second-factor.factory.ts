import { totpCodeAt } from '../../src/auth/mfa/totp.js';
import { Challenges } from '../../src/auth/sign-in/challenges.repository.js';
import { Authenticator, type Misbehaviour } from '../support/fakes/authenticator.js';
import type { TestApp } from '../support/test-app.js';
import { createUser, type SignedInUser } from './user.factory.js';

/** A user with an authenticator app. */
export interface TotpUser extends SignedInUser {
  secret: string;
  recoveryCodes: string[];
}

/** A user with a passkey. */
export interface PasskeyUser extends SignedInUser {
  authenticator: Authenticator;
  passkeyId: string;
  recoveryCodes: string[];
}

/** Gives a user an authenticator app. */
export async function addTotp(app: TestApp, user: SignedInUser): Promise<TotpUser> {
  const { secret } = (await app.post('/auth/mfa/totp', undefined, { token: user.token })).json();
  const confirmed = await app.post(
    '/auth/mfa/totp/verify',
    { code: totpCodeAt(secret, new Date()) },
    { token: user.token },
  );
  return { ...user, secret, recoveryCodes: confirmed.json().recoveryCodes };
}

export async function createTotpUser(app: TestApp): Promise<TotpUser> {
  return addTotp(app, await createUser(app, { emailVerifiedAt: new Date() }));
}

/** The code that the user's app shows now, as if none had been used: a test must not wait for the next one. */
export async function freshCode(app: TestApp, { user, secret }: TotpUser): Promise<string> {
  await app.database.execute(`UPDATE totp_credentials SET last_step = NULL WHERE user_id = $1`, [user.id]);
  return totpCodeAt(secret, new Date());
}

/** Six digits that are no code of the user's around now. */
export function wrongCode({ secret }: TotpUser): string {
  const near = new Set(
    [-3, -2, -1, 0, 1, 2, 3].map((steps) => totpCodeAt(secret, new Date(Date.now() + steps * 30_000))),
  );
  return ['000000', '111111', '222222', '333333', '444444', '555555', '666666', '777777'].find(
    (code) => !near.has(code),
  )!;
}

/** The first step of a sign-in, as if the password had been given. @returns the token for the second step. */
export async function beginSignIn(app: TestApp, { user }: SignedInUser): Promise<string> {
  const pending = await app.app.get(Challenges, { strict: false }).askForSecondFactor(user.id, 'password');
  return pending!.challengeToken;
}

/** Gives a user a passkey. */
export async function addPasskey(
  app: TestApp,
  user: SignedInUser,
  authenticator = new Authenticator(),
): Promise<PasskeyUser> {
  const { token, options } = (await app.post('/auth/passkeys/options', undefined, { token: user.token })).json();
  const body = { token, name: 'Phone', credential: authenticator.create(options) };
  const added = (await app.post('/auth/passkeys', body, { token: user.token })).json();
  return { ...user, authenticator, passkeyId: added.id, recoveryCodes: added.recoveryCodes };
}

export async function createPasskeyUser(app: TestApp, authenticator?: Authenticator): Promise<PasskeyUser> {
  return addPasskey(app, await createUser(app), authenticator);
}

/** Options for signing in with a passkey, answered by the authenticator. */
export async function answerLogin(app: TestApp, authenticator: Authenticator, wrong?: Misbehaviour): Promise<object> {
  const { token, options } = (await app.post('/auth/passkeys/login/options')).json();
  return { token, credential: authenticator.get(options, wrong) };
}
