import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { InvalidRequestError } from '../errors/request.errors.js';
import { onceARoute } from '../http/route-metadata.js';

/**
 * Refuses query parameters on routes that take none; those of the others are checked against their DTO.
 *
 * @throws InvalidRequestError naming each of them: a parameter is never ignored.
 */
@Injectable()
export class KnownParametersGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { query } = context.switchToHttp().getRequest<FastifyRequest>();
    const names = Object.keys(query as object);
    if (names.length === 0 || takesQuery(context)) return true;
    throw new InvalidRequestError(
      names.map((name) => ({ pointer: `?${name}`, code: 'unknown', message: 'is not known here' })),
    );
  }
}

const takesQuery = onceARoute((handler, controller) => {
  const routeArguments = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler.name) ?? {}) as object;
  return Object.keys(routeArguments).some((key) => key.startsWith(`${RouteParamtypes.QUERY}:`));
});
