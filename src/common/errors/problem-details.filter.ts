import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isDatabaseUnavailable, isLockTimeout } from '../../database/postgres-errors.js';
import { ReplayedRefusal } from '../idempotency/replayed-refusal.js';
import { refusals } from '../metrics/metrics.js';
import { DomainError } from './domain.error.js';
import { oauthErrorBody } from './oauth-error.js';
import { PROBLEM_MEDIA_TYPE, type Problem, problemBody, problemOf, problemOfStatus } from './problem-details.js';
import { TemporarilyUnavailableError, UnparsableBodyError } from './request.errors.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whose form the failures of the route have; problem details when absent. */
    failures?: 'oauth';
  }
}

const logger = new Logger('ProblemDetails');

/**
 * Renders every failure as RFC 9457 problem details.
 *
 * What nobody named is a 500 with the code `internal`: its details go to the log under the request id, never to the client.
 */
@Catch()
export class ProblemDetailsFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    void sendProblem(http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), error);
  }
}

/** Writes the problem for any error; also used by Fastify itself for failures before a route is reached. */
export async function sendProblem(request: FastifyRequest, reply: FastifyReply, error: unknown): Promise<void> {
  if (error instanceof ReplayedRefusal) {
    await reply.code(error.answer.status).header('content-type', PROBLEM_MEDIA_TYPE).send(error.answer.body);
    return;
  }
  const problem = toProblem(error);
  if (problem.status >= 500) {
    const level = problem.status === 500 ? 'error' : 'warn';
    request.log[level](
      { requestId: request.id, err: error },
      problem.status === 500 ? 'unexpected failure' : 'temporarily unavailable',
    );
  }
  if (reply.sent) {
    logger.warn(`The answer to ${request.id} had already been sent when it failed`);
    return;
  }
  await writeProblem(request, reply, problem);
}

/** Writes a problem in the form that the route has for failures. */
export async function writeProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): Promise<void> {
  refusals.add(problem.code);
  const isOAuth = request.routeOptions.config.failures === 'oauth';
  if (isOAuth) void reply.header('pragma', 'no-cache');
  await reply
    .code(problem.status)
    .headers({ 'cache-control': 'no-store', ...problem.headers })
    .header('content-type', isOAuth ? 'application/json; charset=utf-8' : PROBLEM_MEDIA_TYPE)
    .serializer((body: unknown) => JSON.stringify(body))
    .send(isOAuth ? oauthErrorBody(problem) : problemBody(problem, request.originalUrl, String(request.id)));
}

/** The problem of any error; what nobody named is a 500 that says nothing. */
export function toProblem(error: unknown): Problem {
  if (error instanceof DomainError) return problemOf(error);
  if (error instanceof HttpException) return problemOfStatus(error.getStatus());
  if (isDatabaseUnavailable(error) || isLockTimeout(error)) return problemOf(new TemporarilyUnavailableError());
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  if (code === 'FST_ERR_CTP_INVALID_JSON_BODY' || code === 'FST_ERR_CTP_EMPTY_JSON_BODY') {
    return problemOf(new UnparsableBodyError('The body is not valid JSON.'));
  }
  if (typeof code === 'string' && code.startsWith('FST_') && typeof statusCode === 'number') {
    const headers: Record<string, string> =
      statusCode === 415
        ? { accept: 'application/json', 'accept-patch': 'application/merge-patch+json, application/json' }
        : {};
    return problemOfStatus(statusCode, headers);
  }
  return problemOfStatus(500);
}
