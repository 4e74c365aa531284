import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';

/** Hands a handler what came in `X-Order-Token`, if anything. */
export const OrderToken = createParamDecorator((_: unknown, context: ExecutionContext): string | undefined => {
  const header = context.switchToHttp().getRequest<FastifyRequest>().headers['x-order-token'];
  return Array.isArray(header) ? header[0] : header;
});

/** Documents that guests prove an order to be theirs with its token. */
export const AcceptsOrderToken = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'X-Order-Token',
      required: false,
      description: 'The `orderToken` from the 201 of a guest order; opens that order without signing in.',
      schema: { type: 'string', maxLength: 100 },
    }),
  );
