import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AuditLog } from '../audit/audit-log.js';
import {
  FreshLoginRequiredError,
  ImpersonationForbiddenError,
  InsufficientScopeError,
} from '../common/errors/request.errors.js';
import { isReadBack } from '../common/http/current-tag.js';
import { type Access, accessOf, needsFreshLogin } from '../common/security/access.decorators.js';
import { attempts, type RateLimitPolicy } from '../common/rate-limit/rate-limit.decorator.js';
import { RateLimiter } from '../common/rate-limit/rate-limiter.js';
import { hasScope, type Principal, principalKey } from '../common/security/principal.js';

/** How long ago a user may have proved who they are when a change is sensitive. */
export const FRESH_LOGIN_SECONDS = 600;

/** Refusals of one caller that are written down. */
const RECORDED_REFUSALS: RateLimitPolicy = {
  ...attempts('recorded-refusals', 5, 60),
  per: 'caller',
  withoutRedis: 'open',
};

/**
 * Lets callers pass who hold one of the scopes that the route requires; a route that declares no access lets nobody pass.
 *
 * A sensitive route also asks for a recent proof of who it is, from the user themselves.
 */
@Injectable()
export class ScopesGuard implements CanActivate {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly audit: AuditLog,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<never> {
    const access = accessOf(context);
    if (!access) throw new InsufficientScopeError(['*']);
    if (access.kind === 'public') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { principal } = request;
    if (!principal) throw new InsufficientScopeError(scopesOf(access));
    if (!mayPass(principal, access)) {
      if (isReadBack(request)) throw new InsufficientScopeError(scopesOf(access));
      return this.refuse(principal, scopesOf(access), context);
    }
    if (needsFreshLogin(context)) demandFreshLogin(principal);
    return true;
  }

  /** Refuses, and writes down who tried what; a caller who goes on trying is written down a few times a minute. */
  private async refuse(principal: Principal, scopes: readonly string[], context: ExecutionContext): Promise<never> {
    const { isExceeded } = this.limiter.takeLocally(RECORDED_REFUSALS, principalKey(principal));
    if (!isExceeded) {
      const operation = `${context.getClass().name}.${context.getHandler().name}`;
      await this.audit.record({ action: 'auth.access_refused', after: { operation, scopes } });
    }
    throw new InsufficientScopeError(scopes);
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
