import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RateLimitedError } from '../errors/request.errors.js';
import { clientNetwork } from '../http/client-address.js';
import { principalKey } from '../security/principal.js';
import { policyOf, type RateLimitPolicy, READ_POLICY, WRITE_POLICY } from './rate-limit.decorator.js';
import { type LimitState, RateLimiter } from './rate-limiter.js';

/** Refuses callers beyond the policy of a route with 429, and tells everyone where they stand (RateLimit header fields). */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(private readonly limiter: RateLimiter) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const own = policyOf(context);
    if (own === null) return true;
    if (own) return this.takeShared(own, request, reply);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const policy = isRead ? READ_POLICY : WRITE_POLICY;
    return admit(reply, policy, this.limiter.takeLocally(policy, subjectOf(policy, request)));
  }

  private async takeShared(policy: RateLimitPolicy, request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
    const further = policy.also?.(request);
    const state = await this.limiter.take(policy, subjectOf(policy, request));
    if (further !== undefined && !state.isExceeded) {
      const second = await this.limiter.take(policy, further);
      if (second.remaining < state.remaining || second.isExceeded) return admit(reply, policy, second);
    }
    return admit(reply, policy, state);
  }
}

/** Whose counter a request is taken from. Addresses count as what one subscriber holds: with IPv6 that is a network. */
export function subjectOf(policy: RateLimitPolicy, { principal, ip }: FastifyRequest): string {
  return policy.per === 'address' || !principal || principal.kind === 'anonymous'
    ? addressSubject(ip)
    : principalKey(principal);
}

/** Whose counter somebody who is not signed in is taken from. */
export const addressSubject = (address: string): string => `address:${clientNetwork(address)}`;

/** Header fields of draft-ietf-httpapi-ratelimit-headers, names and values in turn; `r` is what is left, `t` the seconds until the window ends. */
export function limitFields(
  { name, windowSeconds }: RateLimitPolicy,
  state: LimitState,
): [string, string, string, string] {
  return [
    'ratelimit-policy',
    `"${name}";q=${state.limit};w=${windowSeconds}`,
    'ratelimit',
    `"${name}";r=${state.remaining};t=${state.resetSeconds}`,
  ];
}

function admit(reply: FastifyReply, policy: RateLimitPolicy, state: LimitState): true {
  const [policyName, limits, stateName, stateNow] = limitFields(policy, state);
  void reply.header(policyName, limits).header(stateName, stateNow);
  if (state.isExceeded) throw new RateLimitedError(policy.name, state.resetSeconds);
  return true;
}
