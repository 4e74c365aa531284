import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type Observable, tap } from 'rxjs';

class LocationInterceptor implements NestInterceptor {
  constructor(private readonly template: string) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      tap((body: Record<string, unknown>) => {
        const reply = context.switchToHttp().getResponse<FastifyReply>();
        void reply.header(
          'location',
          `/api/v1/${this.template.replace(/:(\w+)/g, (_, name: string) => String(body[name]))}`,
        );
      }),
    );
  }
}

/**
 * Names the address of what a handler created: `@Location('orders/:id')` sends `Location: /api/v1/orders/<id of the answer>`.
 */
export const Location = (template: string): MethodDecorator =>
  applyDecorators(UseInterceptors(new LocationInterceptor(template)), ApiExtension('x-location', true));
