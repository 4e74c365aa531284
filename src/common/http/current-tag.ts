import type { FastifyInstance, FastifyRequest } from 'fastify';
import { newId } from '../ids.js';
import type { RouteMethods } from './route-methods.js';

/** What tells of the refused request, and not of who made it. */
const NOT_PASSED_ON = /^(content-|transfer-encoding$|if-|idempotency-key$|expect$|connection$|range$)/;

/** Nobody outside can say it. */
const MARK = { 'x-reads-back': newId() };

/** True for the requests that `currentTag` makes; they are a part of another, which is logged. */
export function isReadBack({ headers }: FastifyRequest): boolean {
  return headers['x-reads-back'] === MARK['x-reads-back'];
}

/**
 * The entity tag that a GET of the resource gives to who made a refused request for it; undefined when it gives them none.
 *
 * Only a GET knows it: representations differ by caller, and some of what is in them no version counts. So one is made, within the process.
 * For a command (`POST …/publish`), and for what is a part of a resource, that is the path before it.
 */
export async function currentTag(
  fastify: FastifyInstance,
  methods: RouteMethods,
  request: FastifyRequest,
): Promise<string | undefined> {
  const [path = '', query] = request.url.split('?', 2);
  let resource = path;
  while (resource !== '' && !methods.at(resource).includes('GET'))
    resource = resource.slice(0, resource.lastIndexOf('/'));
  if (resource === '') return undefined;
  const passedOn = Object.entries(request.headers).filter(([name]) => !NOT_PASSED_ON.test(name));
  const { statusCode, headers } = await fastify.inject({
    method: 'HEAD',
    url: query === undefined ? resource : `${resource}?${query}`,
    headers: { ...Object.fromEntries(passedOn), 'x-request-id': request.id, ...MARK },
    remoteAddress: request.socket.remoteAddress,
  });
  return statusCode === 200 ? String(headers.etag) : undefined;
}
