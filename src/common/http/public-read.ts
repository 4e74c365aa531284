import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';

/** How long browsers and proxies may keep the answer to a public read without asking again, in seconds. */
const MAX_AGE_SECONDS = 10;
export const PUBLIC_CACHE_CONTROL = `public, max-age=${MAX_AGE_SECONDS}`;

/** An answer as it goes over the wire. */
export interface SharedAnswer {
  /** Text, not bytes: Node sends it in one piece with the header. */
  readonly body: string;
  readonly etag: string;
  /** Header field `Link`, of lists that go on. */
  readonly link: string | undefined;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The answer is the same for everybody who is not signed in; names what it is made from. */
    publicRead?: string;
  }
  interface FastifyReply {
    /** Takes the answer of a public read when it is whole (200), so that the next one like it need not be made. */
    keep?: (answer: SharedAnswer) => void;
  }
}

/**
 * Marks a GET whose answer is the same for everybody who is not signed in: browsers and proxies may keep it for a moment, and so may the
 * keeper of what it is made from. An answer to a request with a token stays private, even where it is the same.
 *
 * @param topic Names what the answer is made from, such as `catalogue`.
 */
export const PublicRead = (topic: string): MethodDecorator => RouteConfig({ publicRead: topic });

/** The topic of a public read; undefined for every other request, and for callers who say who they are. */
export function publicReadOf({ routeOptions, headers }: FastifyRequest): string | undefined {
  return headers.authorization === undefined ? routeOptions.config.publicRead : undefined;
}
