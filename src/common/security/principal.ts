/**
 * Who makes a request.
 *
 * `user`: someone signed in, with the scopes of their roles (`*` is all). `key`: an API key or a token traded for one, with the scopes
 * given to it. `anonymous`: nobody; `address` stands in where a key per caller is needed (idempotency, rate limits).
 */
export type Principal =
  | {
      readonly kind: 'user';
      readonly id: string;
      readonly email: string;
      readonly sessionId: string;
      readonly scopes: ReadonlySet<string>;
      readonly address: string;
      /** When they last proved who they are. */
      readonly authenticatedAt: Date;
      /** The member of staff who acts as this user; null when it is the user. */
      readonly impersonatorId: string | null;
    }
  | {
      readonly kind: 'key';
      readonly id: string;
      /** Who made the key, and whose scopes it never exceeds. */
      readonly creatorId: string;
      readonly scopes: ReadonlySet<string>;
      readonly address: string;
    }
  | { readonly kind: 'anonymous'; readonly scopes: ReadonlySet<string>; readonly address: string };

/** A signed-in caller, as `@CurrentUser()` hands it to a handler. */
export type AuthenticatedUser = Extract<Principal, { kind: 'user' }>;

/** A person or a machine with scopes, as `@CurrentActor()` hands it to a handler. */
export type Actor = Exclude<Principal, { kind: 'anonymous' }>;

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
  return principal.kind === 'anonymous' ? `address:${principal.address}` : `${principal.kind}:${principal.id}`;
}

/** The user who answers for what the caller does: themselves, or the maker of the key. */
export function responsibleUserId(actor: Actor): string {
  return actor.kind === 'user' ? actor.id : actor.creatorId;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the authentication guard on every request that reaches a handler. */
    principal?: Principal;
  }
}

/** Who calls, for a line of the log: ids only. */
export function callerIds(caller: Principal | undefined): { userId?: string; impersonatorId?: string; keyId?: string } {
  if (caller?.kind === 'key') return { keyId: caller.id };
  if (caller?.kind !== 'user') return {};
  return { userId: caller.id, ...(caller.impersonatorId === null ? {} : { impersonatorId: caller.impersonatorId }) };
}
