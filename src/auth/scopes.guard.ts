import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { InsufficientScopeError } from '../common/errors/request.errors.js';
import { ACCESS, type Access } from '../common/security/access.decorators.js';
import { hasScope } from '../common/security/principal.js';

/** Lets callers pass who hold one of the scopes that the route requires; a route that declares no access lets nobody pass. */
@Injectable()
export class ScopesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (!access) throw new InsufficientScopeError(['*']);
    if (access.kind !== 'scopes') return true;
    const { principal } = context.switchToHttp().getRequest<FastifyRequest>();
    if (!principal || !access.anyOf.some((scope) => hasScope(principal, scope)))
      throw new InsufficientScopeError(access.anyOf);
    return true;
  }
}
