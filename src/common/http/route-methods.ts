import type { FastifyInstance } from 'fastify';

/** Which methods each registered path answers to; consulted when no route matched, and for OPTIONS. */
export class RouteMethods {
  private readonly routes: { pattern: RegExp; method: string }[] = [];

  constructor(fastify: FastifyInstance) {
    fastify.addHook('onRoute', ({ url, method }) => {
      if (url.includes('*')) return;
      const pattern = new RegExp(`^${url.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/:[^/]+/g, '[^/]+')}$`);
      for (const name of [method].flat()) this.routes.push({ pattern, method: name });
    });
  }

  /** The methods of the path in alphabetical order, OPTIONS among them; empty when nothing is served there. */
  at(path: string): string[] {
    const found = this.routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    return found.length === 0 ? [] : [...new Set([...found, 'OPTIONS'])].sort();
  }
}
