import { hash } from '@node-rs/argon2';
import { SessionsService } from '../../src/auth/sessions.service.js';
import { AccessTokens } from '../../src/auth/access-tokens.js';
import type { Scope } from '../../src/common/security/scopes.js';
import type { UserDetails } from '../../src/users/users.repository.js';
import { type UserInput, UsersService } from '../../src/users/users.service.js';
import type { TestApp } from '../support/test-app.js';

/** The password of every user of a factory. */
export const TEST_PASSWORD = 'seven quiet otters';

/** Hashed once a process, and cheaply: tests of the hash itself make their own. */
let passwordHash: Promise<string> | undefined;
/** Test files that share a worker process load this anew; the clock of the process tells them apart. */
const file = process.hrtime.bigint().toString(36);
let counter = 0;

/** A user with a living session. */
export interface SignedInUser {
  user: UserDetails;
  /** Access token, for `{ token }` of a test request. */
  token: string;
  refreshToken: string;
  sessionId: string;
}

/** A text that no other call, file or Jest worker gets. */
export function unique(): string {
  return `${process.env.JEST_WORKER_ID ?? '1'}-${file}-${++counter}`;
}

export function buildUser(overrides: Partial<UserInput> = {}): UserInput {
  return { email: `user-${unique()}@example.com`, passwordHash: null, ...overrides };
}

/** Saves a customer whose password is `TEST_PASSWORD`, and signs them in. */
export async function createUser(app: TestApp, overrides: Partial<UserInput> = {}): Promise<SignedInUser> {
  passwordHash ??= hash(TEST_PASSWORD, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  const user = await app.app
    .get(UsersService, { strict: false })
    .create(buildUser({ passwordHash: await passwordHash, ...overrides }));
  return { user, ...(await signIn(app, user.id)) };
}

/** Saves a member of staff with a role, or with scopes (in a role of their own), and signs them in. */
export async function createStaff(
  app: TestApp,
  access: string | readonly (Scope | '*')[] = 'admin',
): Promise<SignedInUser> {
  let role = access;
  if (typeof role !== 'string') {
    role = `test-${unique()}`;
    await app.database.execute(`INSERT INTO roles (name, scopes, is_built_in) VALUES ($1, $2, '*' = ANY ($2))`, [
      role,
      access,
    ]);
  }
  return createUser(app, { email: `staff-${unique()}@example.com`, roles: [role] });
}

/** Starts a further session of a user. */
export async function signIn(app: TestApp, userId: string): Promise<Omit<SignedInUser, 'user'>> {
  const sessions = app.app.get(SessionsService, { strict: false });
  const { sessionId, refreshToken } = await sessions.start(userId, { userAgent: 'test', address: '127.0.0.1' });
  return { token: app.app.get(AccessTokens, { strict: false }).sign(userId, sessionId), refreshToken, sessionId };
}
