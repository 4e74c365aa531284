import type { TestApp } from '../support/test-app.js';
import { createStaff, type SignedInUser, unique } from './user.factory.js';

/** A key, its text, and who made it. */
export interface CreatedKey {
  id: string;
  key: string;
  creator: SignedInUser;
  version: number;
}

/** What a key is made of; scopes are `orders:read` when absent, the creator an administrator. */
export interface KeyInput {
  name?: string;
  scopes?: readonly string[];
  expiresAt?: string | null;
  allowedAddresses?: readonly string[];
  creator?: SignedInUser;
}

/** Saves an API key through the API. */
export async function createKey(app: TestApp, { creator, ...input }: KeyInput = {}): Promise<CreatedKey> {
  const maker = creator ?? (await createStaff(app));
  const body = { name: `key ${unique()}`, scopes: ['orders:read'], ...input };
  const answer = await app.post('/api-keys', body, { token: maker.token });
  if (answer.statusCode !== 201) throw new Error(`The key was refused: ${answer.body}`);
  const { id, key, version } = answer.json<{ id: string; key: string; version: number }>();
  return { id, key, version, creator: maker };
}
