import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { callerIds } from '../logging/caller-ids.js';

/**
 * Writes one line per finished request: what was asked, what came of it, how long it took and who asked.
 *
 * The path goes without its query, which may hold personal data. Health checks, which come every few seconds, are of interest only
 * when debugging.
 */
export function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  if (!(request.log as Logger).isLevelEnabled('info')) return;
  const { principal } = request;
  const path = request.originalUrl.split('?', 1)[0]!;
  const level = path.startsWith('/health/') ? 'debug' : 'info';
  if (!(request.log as Logger).isLevelEnabled(level)) return;
  request.log[level](
    {
      requestId: request.id,
      method: request.method,
      path,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      ...callerIds(principal),
      address: request.ip,
    },
    'request',
  );
}
