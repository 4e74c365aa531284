/** Every permission there is. Roles are named sets of these; `*` holds all of them. */
export const SCOPES = [
  'products:read',
  'products:write',
  'inventory:read',
  'inventory:write',
  'orders:read',
  'orders:write',
  'payments:capture',
  'payments:refund',
  'fulfilments:write',
  'returns:write',
  'promotions:write',
  'users:read',
  'users:write',
  'api-keys:write',
  'webhooks:write',
  'events:read',
  'audit:read',
  'jobs:read',
  'jobs:write',
  'settings:write',
] as const;

export type Scope = (typeof SCOPES)[number];

/** The scope that stands for all of them, those that are still to come included. */
export const EVERY_SCOPE = '*';

/** What of `scopes` somebody who holds `held` does not hold, in the order of the list of scopes. */
export function beyond(scopes: Iterable<string>, held: ReadonlySet<string>): string[] {
  if (held.has(EVERY_SCOPE)) return [];
  return inOrder([...new Set(scopes)].filter((scope) => !held.has(scope)));
}

/** What somebody may do who holds both. */
export function inBoth(left: ReadonlySet<string>, right: ReadonlySet<string>): ReadonlySet<string> {
  if (left.has(EVERY_SCOPE)) return right;
  if (right.has(EVERY_SCOPE)) return left;
  return new Set([...left].filter((scope) => right.has(scope)));
}

/** The scopes in the order in which they are listed, so that two equal sets read alike. */
export function inOrder(scopes: readonly string[]): string[] {
  const place = (scope: string) => (SCOPES as readonly string[]).indexOf(scope);
  return [...scopes].sort((left, right) => place(left) - place(right));
}
