import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import {
  FreshLoginRequiredError,
  ImpersonationForbiddenError,
  InsufficientScopeError,
} from '../common/errors/request.errors.js';
import { ACCESS, type Access, FRESH_LOGIN } from '../common/security/access.decorators.js';
import { hasScope, type Principal } from '../common/security/principal.js';

/** How long ago a user may have proved who they are when a change is sensitive. */
export const FRESH_LOGIN_SECONDS = 600;

/**
 * Lets callers pass who hold one of the scopes that the route requires; a route that declares no access lets nobody pass.
 *
 * A sensitive route also asks for a recent proof of who it is, from the user themselves.
 */
@Injectable()
export class ScopesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()] as const;
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [...targets]);
    if (!access) throw new InsufficientScopeError(['*']);
    if (access.kind === 'public') return true;
    const { principal } = context.switchToHttp().getRequest<FastifyRequest>();
    if (!principal || !mayPass(principal, access)) throw new InsufficientScopeError(scopesOf(access));
    if (this.reflector.getAllAndOverride<boolean | undefined>(FRESH_LOGIN, [...targets])) demandFreshLogin(principal);
    return true;
  }
}

function mayPass(principal: Principal, access: Exclude<Access, { kind: 'public' }>): boolean {
  if (access.kind === 'scopes') return access.anyOf.some((scope) => hasScope(principal, scope));
  return principal.kind === 'user' || (access.orKeyWith !== undefined && hasScope(principal, access.orKeyWith));
}

function scopesOf(access: Exclude<Access, { kind: 'public' }>): readonly string[] {
  if (access.kind === 'scopes') return access.anyOf;
  return access.orKeyWith === undefined ? [] : [access.orKeyWith];
}

/** @throws InsufficientScopeError for a key; ImpersonationForbiddenError; FreshLoginRequiredError */
function demandFreshLogin(principal: Principal): void {
  if (principal.kind !== 'user') throw new InsufficientScopeError([]);
  if (principal.impersonatorId !== null) throw new ImpersonationForbiddenError();
  if (Date.now() - principal.authenticatedAt.getTime() > FRESH_LOGIN_SECONDS * 1000)
    throw new FreshLoginRequiredError(FRESH_LOGIN_SECONDS);
}
