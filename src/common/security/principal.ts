/**
 * Who makes a request.
 *
 * `user`: someone signed in, with the scopes of their roles (`*` is all). `anonymous`: nobody; `address` stands in where a key per
 * caller is needed (idempotency, rate limits).
 */
export type Principal =
  | {
      readonly kind: 'user';
      readonly id: string;
      readonly email: string;
      readonly sessionId: string;
      readonly scopes: ReadonlySet<string>;
      readonly address: string;
    }
  | { readonly kind: 'anonymous'; readonly scopes: ReadonlySet<string>; readonly address: string };

/** A signed-in caller, as `@CurrentUser()` hands it to a handler. */
export type AuthenticatedUser = Extract<Principal, { kind: 'user' }>;

const NO_SCOPES: ReadonlySet<string> = new Set();

export function anonymousAt(address: string): Principal {
  return { kind: 'anonymous', scopes: NO_SCOPES, address };
}

/** True when the caller holds `scope`, by name or by `*`. */
export function hasScope(principal: Principal, scope: string): boolean {
  return principal.scopes.has(scope) || principal.scopes.has('*');
}

/** A stable text per caller, for keys that must not be shared between callers. */
export function principalKey(principal: Principal): string {
  return principal.kind === 'user' ? `user:${principal.id}` : `address:${principal.address}`;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the authentication guard on every request that reaches a handler. */
    principal?: Principal;
  }
}
