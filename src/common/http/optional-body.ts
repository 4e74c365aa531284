import { applyDecorators, type CanActivate, type ExecutionContext, type Type, UseGuards } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';

/** Runs before the body is checked, which would refuse none. */
class AbsentBodyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    request.body ??= {};
    return true;
  }
}

/** For a command whose members can all be left out: it may come without a body as well. @param body Its class. */
export const OptionalBody = (body: Type): MethodDecorator =>
  applyDecorators(UseGuards(new AbsentBodyGuard()), ApiBody({ type: body, required: false }));
