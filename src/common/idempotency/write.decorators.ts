import { Patch as NestPatch, Post as NestPost } from '@nestjs/common';
import { INTERCEPTORS_METADATA } from '@nestjs/common/constants.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';

/**
 * Marks a route outermost with the interceptor that honours `Idempotency-Key`, around every other one it may have.
 *
 * As a global interceptor it would cost every read the observables of which an interceptor makes two a request.
 */
const idempotent =
  (route: MethodDecorator): MethodDecorator =>
  (target, key, descriptor: PropertyDescriptor) => {
    const handler = descriptor.value as object;
    const others = (Reflect.getMetadata(INTERCEPTORS_METADATA, handler) ?? []) as unknown[];
    Reflect.defineMetadata(INTERCEPTORS_METADATA, [IdempotencyInterceptor, ...others], handler);
    return route(target, key, descriptor) as never;
  };

/** Nest's `@Post()` for this API, where a key makes every POST safe to repeat. */
export const Post = (path?: string): MethodDecorator => idempotent(NestPost(path));

/** Nest's `@Patch()` for this API, where a key makes every PATCH safe to repeat. */
export const Patch = (path?: string): MethodDecorator => idempotent(NestPatch(path));
