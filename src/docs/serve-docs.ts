import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply } from 'fastify';
import swaggerUiPath from 'swagger-ui-dist/absolute-path.js';
import { assetPath } from '../common/assets.js';
import { entityTag } from '../common/http/etag.js';

const HTML = 'text/html; charset=utf-8';
const CSS = 'text/css; charset=utf-8';
const JAVASCRIPT = 'text/javascript; charset=utf-8';
const ASSET_MAX_AGE_SECONDS = 3600;
const SWAGGER_UI_FILES: Readonly<Record<string, string>> = {
  'swagger-ui.css': CSS,
  'swagger-ui-bundle.js': JAVASCRIPT,
  'favicon-32x32.png': 'image/png',
};

/**
 * Everything comes from this server and nothing stands inline but styles that Swagger UI writes on its own elements, so that a script
 * which finds its way into a text of the page cannot run.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Serves Swagger UI at `/docs`, and the OpenAPI document at `/docs-json` and `/docs-yaml`.
 *
 * The document is made when it is first asked for, so that neither the start nor the memory of most processes pays for it.
 */
export function serveDocs(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const json = once(async () => {
    // Beside code that was transpiled without the metadata to build it from.
    const built = await readFile(new URL('../openapi.json', import.meta.url), 'utf8').catch(() => undefined);
    if (built !== undefined) return `${JSON.stringify(JSON.parse(built))}\n`;
    const { buildOpenApiDocument } = await import('./openapi.js');
    return `${JSON.stringify(buildOpenApiDocument(app))}\n`;
  });
  const yaml = once(async () => {
    const { toYaml } = await import('./yaml.js');
    return toYaml(JSON.parse(await json())).trimStart();
  });

  fastify.get('/docs-json', async (_request, reply) => text(reply, 'application/json; charset=utf-8', await json()));
  fastify.get('/docs-yaml', async (_request, reply) => text(reply, 'application/yaml; charset=utf-8', await yaml()));
  const page = (name: string): (() => Promise<string>) => once(() => readFile(assetPath(`docs/${name}`), 'utf8'));
  const [html, css, script] = [page('page.html'), page('page.css'), page('page.js')];
  fastify.get('/docs', async (_request, reply) =>
    text(reply.header('content-security-policy', CONTENT_SECURITY_POLICY), HTML, await html()),
  );
  fastify.get('/docs/', (_request, reply) => reply.redirect('../docs', 308));
  fastify.get('/docs/page.css', async (_request, reply) => text(reply, CSS, await css()));
  fastify.get('/docs/page.js', async (_request, reply) => text(reply, JAVASCRIPT, await script()));
  for (const [name, type] of Object.entries(SWAGGER_UI_FILES)) serveFile(fastify, name, type);
}

function text(reply: FastifyReply, type: string, body: string): FastifyReply {
  return reply.header('cache-control', 'no-cache').type(type).send(body);
}

/** Serves one file of Swagger UI from memory; only the few that the page needs, not the whole package. */
function serveFile(fastify: FastifyInstance, name: string, type: string): void {
  const file = once(async () => {
    const bytes = await readFile(join(swaggerUiPath(), name));
    return { bytes, tag: entityTag(bytes) };
  });
  fastify.get(`/docs/${name}`, async (_request, reply) => {
    const { bytes, tag } = await file();
    return reply
      .header('cache-control', `public, max-age=${ASSET_MAX_AGE_SECONDS}`)
      .header('etag', tag)
      .type(type)
      .send(bytes);
  });
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
