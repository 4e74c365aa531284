import { SetMetadata } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { routeMetadata } from '../http/route-metadata.js';

const RATE_LIMIT = 'storehouse:rate-limit';

/** How many requests of one caller a route takes. */
export interface RateLimitPolicy {
  /** Shared by every route that names it. */
  readonly name: string;
  readonly limit: number;
  readonly windowSeconds: number;
  /** What is counted: requests per caller (user, or address when anonymous), or per address even when signed in. */
  readonly per: 'caller' | 'address';
  /** A further counter taken from the request, such as the account a login aims at; undefined counts nothing. */
  readonly also?: (request: FastifyRequest) => string | undefined;
  /** Without Redis: `open` lets requests through, `closed` refuses them with 503. */
  readonly withoutRedis: 'open' | 'closed';
}

/** For every route that names no policy of its own; counted in process, so that reads need no Redis. */
export const READ_POLICY: RateLimitPolicy = {
  name: 'read',
  limit: 600,
  windowSeconds: 60,
  per: 'caller',
  withoutRedis: 'open',
};
export const WRITE_POLICY: RateLimitPolicy = {
  name: 'write',
  limit: 240,
  windowSeconds: 60,
  per: 'caller',
  withoutRedis: 'open',
};

/** A limit per address on what somebody might guess, or bother others with. Without Redis nobody can count, so nobody may try. */
export const attempts = (name: string, limit: number, windowSeconds: number): RateLimitPolicy => {
  return { name, limit, windowSeconds, per: 'address', withoutRedis: 'closed' };
};

/** Counts a route under `policy` instead of the general `read` or `write` limit. */
export const RateLimit = (policy: RateLimitPolicy): MethodDecorator & ClassDecorator => SetMetadata(RATE_LIMIT, policy);

/** Counts a route nowhere: a probe must not be refused because others share its address. */
export const Unlimited = (): MethodDecorator & ClassDecorator => SetMetadata(RATE_LIMIT, null);

/** The policy that a route names; null when it is counted nowhere, undefined when it names none. */
export const policyOf = routeMetadata<RateLimitPolicy | null>(RATE_LIMIT);
