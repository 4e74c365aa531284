import { applyDecorators, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension, ApiSecurity } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import {
  AddressNotAllowedError,
  AuthenticationRequiredError,
  FreshLoginRequiredError,
  ImpersonationForbiddenError,
  InsufficientScopeError,
  InvalidTokenError,
  TokenExpiredError,
} from '../errors/request.errors.js';
import { ApiProblems } from '../errors/api-problems.decorator.js';
import { routeMetadata } from '../http/route-metadata.js';
import { type Actor, anonymousAt, type AuthenticatedUser, type Principal } from './principal.js';
import type { Scope } from './scopes.js';

export const ACCESS = 'storehouse:access';
const FRESH_LOGIN = 'storehouse:fresh-login';

/**
 * What a public route makes of `Authorization`: `checked` recognises a good one and refuses another, `forgiving` takes another for none,
 * `ignored` does not look, and `client` reads it itself.
 */
type PublicCredentials = 'checked' | 'forgiving' | 'ignored' | 'client';

/** Who may call a route. Every route declares exactly one; a start-up test fails on a route without. */
export type Access =
  | { kind: 'public'; credentials: PublicCredentials }
  | { kind: 'user'; orKeyWith?: Scope }
  | { kind: 'scopes'; anyOf: readonly Scope[] };

/** What a route declares; undefined when it declares nothing. */
export const accessOf = routeMetadata<Access>(ACCESS);

/** True on a route marked `@FreshLogin()`. */
export const needsFreshLogin = routeMetadata<boolean>(FRESH_LOGIN);

/** Decorators run when the class is loaded, so a second declaration on the same route or class stops the start. */
const declare =
  (access: Access) =>
  (target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    const declared = (descriptor?.value ?? target) as object;
    if (Reflect.hasOwnMetadata(ACCESS, declared))
      throw new Error(`${String(key ?? (target as { name?: string }).name)} declares twice who may call it`);
    Reflect.defineMetadata(ACCESS, access, declared);
  };

/**
 * Anyone may call; a valid token is still recognised, so that staff can be answered more fully.
 *
 * @param credentials `ignored` where people sign in or recover access: a client that sends its old token along must not be locked out.
 * `forgiving` where such a route also does something for who is signed in.
 */
export const Public = ({ credentials = 'checked' }: { credentials?: Exclude<PublicCredentials, 'client'> } = {}) =>
  applyDecorators(
    declare({ kind: 'public', credentials }),
    ApiExtension('x-permission', 'public'),
    // An empty requirement beside the bearer one: the token is optional.
    ...(credentials === 'ignored' ? [] : [ApiSecurity({}), ApiBearerAuth('bearer')]),
    ...(credentials === 'checked' ? [ApiProblems(InvalidTokenError, TokenExpiredError, AddressNotAllowedError)] : []),
  );

/**
 * Anyone may call, and the route itself reads `Authorization`, where OAuth clients say who they are and prove it (RFC 6749 section 2.3.1).
 */
export const PublicToClients = (): MethodDecorator & ClassDecorator =>
  applyDecorators(
    declare({ kind: 'public', credentials: 'client' }),
    ApiExtension('x-permission', 'public'),
    // Beside the header, the form may say it.
    ApiSecurity({}),
    ApiSecurity('client'),
  );

/** What routes have in common that somebody in particular calls. */
const FOR_CALLERS = applyDecorators(
  ApiBearerAuth('bearer'),
  ApiProblems(
    AuthenticationRequiredError,
    InvalidTokenError,
    TokenExpiredError,
    InsufficientScopeError,
    AddressNotAllowedError,
  ),
);

/**
 * Any signed-in user may call; rows are limited to their own by the query.
 *
 * API keys belong to nobody, so they may not, unless `orKeyWith` names the scope with which a key sees everyone's.
 */
export const SignedIn = ({ orKeyWith }: { orKeyWith?: Scope } = {}): MethodDecorator & ClassDecorator =>
  applyDecorators(declare({ kind: 'user', orKeyWith }), ApiExtension('x-permission', 'signed-in'), FOR_CALLERS);

/** Callers holding one of the scopes may call. */
export const RequireScopes = (...anyOf: [Scope, ...Scope[]]): MethodDecorator & ClassDecorator =>
  applyDecorators(declare({ kind: 'scopes', anyOf }), ApiExtension('x-permission', anyOf.join(' ')), FOR_CALLERS);

/**
 * Only who proved within the last ten minutes to be the user may call: a sensitive change (RFC 9470). Nobody who acts as another may,
 * and no API key.
 */
export const FreshLogin = (): MethodDecorator & ClassDecorator =>
  applyDecorators(
    SetMetadata(FRESH_LOGIN, true),
    ApiExtension('x-fresh-login', true),
    ApiProblems(FreshLoginRequiredError, ImpersonationForbiddenError, InsufficientScopeError),
  );

/** Person or machine, but not nobody; for routes with `@RequireScopes()`. */
export const CurrentActor = createParamDecorator((_: unknown, context: ExecutionContext): Actor => {
  const { principal } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!principal || principal.kind === 'anonymous') throw new AuthenticationRequiredError();
  return principal;
});

/** The signed-in caller; for routes with `@SignedIn()` or `@RequireScopes()`. */
export const CurrentUser = createParamDecorator((_: unknown, context: ExecutionContext): AuthenticatedUser => {
  const { principal } = context.switchToHttp().getRequest<FastifyRequest>();
  if (principal?.kind !== 'user') throw new AuthenticationRequiredError();
  return principal;
});

/** Whoever calls, signed in or not; for routes with `@Public()`. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return request.principal ?? anonymousAt(request.ip);
});
