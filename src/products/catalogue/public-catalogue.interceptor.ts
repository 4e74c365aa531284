import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { entityTag } from '../../common/http/etag.js';
import { CatalogueCache } from './catalogue-cache.js';

/** How long browsers and proxies may keep an anonymous answer without asking again, in seconds. */
const MAX_AGE_SECONDS = 10;
export const PUBLIC_CACHE_CONTROL = `public, max-age=${MAX_AGE_SECONDS}`;
export const JSON_MEDIA_TYPE = 'application/json; charset=utf-8';

/**
 * Lets anonymous answers of the catalogue be cached: by browsers and proxies for a moment, here until something changes.
 *
 * An answer to a request with a token stays private, even where it is the same.
 */
@Injectable()
export class PublicCatalogueInterceptor implements NestInterceptor {
  constructor(private readonly cache: CatalogueCache) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    if (request.headers.authorization !== undefined) return next.handle();
    const { generation } = this.cache;
    void reply
      .header('cache-control', PUBLIC_CACHE_CONTROL)
      .header('content-type', JSON_MEDIA_TYPE)
      // Runs after the general hooks have read version and cursor, and once; a problem brings its own serializer.
      .serializer((payload: unknown) => {
        const text = JSON.stringify(payload);
        const etag = entityTag(text, reply.resourceVersion);
        void reply.header('etag', etag);
        if (request.method === 'GET' && reply.statusCode === 200) {
          const link = reply.getHeader('link') as string | undefined;
          this.cache.store(request.url, { body: text, etag, link }, generation);
        }
        return text;
      });
    return next.handle();
  }
}

/** Marks a read of the catalogue that is the same for everybody who is not signed in. */
export const PublicCatalogue = (): MethodDecorator => applyDecorators(UseInterceptors(PublicCatalogueInterceptor));
