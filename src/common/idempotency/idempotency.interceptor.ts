import { hash } from 'node:crypto';
import {
  applyDecorators,
  type CallHandler,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExtension } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { ApiProblems } from '../errors/api-problems.decorator.js';
import { IdempotencyKeyRequiredError, InvalidRequestError } from '../errors/request.errors.js';
import { anonymousAt, principalKey } from '../security/principal.js';
import { IdempotencyService, type KeyLease } from './idempotency.service.js';
import { ReplayedRefusal } from './replayed-refusal.js';

const IDEMPOTENT = 'storehouse:idempotent';
const KEY = /^[\x21-\x7e]{1,255}$/;
const MONEY_TTL_SECONDS = 30 * 86_400;
/** Keys and cart tokens of guests from this length on (that of 128 random bits in base64url) are nobody else's. */
const UNGUESSABLE_LENGTH = 22;

export interface IdempotentOptions {
  /** Take no notice of a key: the answer is a secret of who proves to be whom in the header, which no key can stand for. */
  ignored?: boolean;
  /** Refuse the request without a key. */
  required?: boolean;
  /** Money moves: keep the answer 30 days; may depend on the body. */
  movesMoney?: boolean | ((body: unknown) => boolean);
  /** The effect spans several transactions, or must not hold one open while it works; may depend on the body. */
  spansTransactions?: boolean | ((body: unknown) => boolean);
  /** Where it spans several, the handler takes the `@Lease()` in the first of them. */
  takesLease?: boolean;
}

/** States how a POST or PATCH treats `Idempotency-Key`; without it a key is honoured but not required. */
export const Idempotent = (options: IdempotentOptions): MethodDecorator =>
  applyDecorators(
    SetMetadata(IDEMPOTENT, options),
    ApiExtension('x-idempotency', options.ignored ? 'ignored' : options.required ? 'required' : 'optional'),
    ...(options.required ? [ApiProblems(IdempotencyKeyRequiredError)] : []),
  );

/**
 * Wraps every POST and PATCH that carries an `Idempotency-Key` (`write.decorators.ts` put it there); see `IdempotencyService`.
 *
 * Keys are 1–255 visible ASCII characters; the quoted form of a Structured Field string is the same key as the bare one.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly idempotency: IdempotencyService,
    private readonly reflector: Reflector,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const options = this.reflector.get<IdempotentOptions | undefined>(IDEMPOTENT, context.getHandler()) ?? {};
    const key = options.ignored ? undefined : idempotencyKeyOf(request);
    if (key === undefined) {
      if (options.required) throw new IdempotencyKeyRequiredError();
      return next.handle();
    }
    return from(this.once(key, options, request, context.switchToHttp().getResponse<FastifyReply>(), next));
  }

  private async once(
    key: string,
    options: IdempotentOptions,
    request: FastifyRequest,
    reply: FastifyReply,
    next: CallHandler,
  ): Promise<unknown> {
    const { movesMoney = false, spansTransactions = false, takesLease = false } = options;
    const outcome = await this.idempotency.run(
      {
        principal: ownerOf(key, request),
        key,
        method: request.method,
        path: request.originalUrl,
        body: request.body,
        requestId: String(request.id),
        ttlSeconds: holds(movesMoney, request.body) ? MONEY_TTL_SECONDS : undefined,
        spansTransactions: holds(spansTransactions, request.body),
        takesLease,
      },
      (lease) => {
        request.keyLease = lease;
        return lastValueFrom(next.handle(), { defaultValue: undefined }) as Promise<unknown>;
      },
      () => ({ status: reply.statusCode, location: (reply.getHeader('location') as string | undefined) ?? null }),
    );
    if (!outcome.replayed) return outcome.body;
    void reply.header('idempotent-replayed', 'true');
    if (outcome.answer.status >= 400) throw new ReplayedRefusal(outcome.answer);
    if (outcome.answer.location) void reply.header('location', outcome.answer.location);
    return outcome.answer.body === '' ? undefined : JSON.parse(outcome.answer.body);
  }
}

function holds(option: boolean | ((body: unknown) => boolean), body: unknown): boolean {
  return typeof option === 'function' ? option(body) : option;
}

/** @throws InvalidRequestError for a key of another form. */
function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return undefined;
  const text = String(header).trim();
  const key = /^"(.*)"$/.exec(text)?.[1] ?? text;
  if (!KEY.test(key)) {
    throw InvalidRequestError.of('Idempotency-Key', 'format', 'must be one key of 1 to 255 visible ASCII characters');
  }
  return key;
}

/**
 * Whose a key is. A guest's is of who holds the cart token that comes with it; without one, a key that nobody can guess stands for itself,
 * so that a phone that changes networks between two tries does not order twice, and a shorter one is joined with the address.
 */
function ownerOf(key: string, { principal, ip, headers }: FastifyRequest): string {
  const caller = principal ?? anonymousAt(ip);
  if (caller.kind !== 'anonymous') return principalKey(caller);
  const cartToken = headers['x-cart-token'];
  if (typeof cartToken === 'string' && cartToken.length >= UNGUESSABLE_LENGTH)
    return `cart:${hash('sha256', cartToken, 'hex')}`;
  return key.length >= UNGUESSABLE_LENGTH ? 'guest' : principalKey(caller);
}

/** Hands a handler that spans transactions the lease of the request's key; null without a key. */
export const Lease = createParamDecorator(
  (_: unknown, context: ExecutionContext): KeyLease | null =>
    context.switchToHttp().getRequest<FastifyRequest>().keyLease ?? null,
);

declare module 'fastify' {
  interface FastifyRequest {
    /** Set for the handler of a request that carries an `Idempotency-Key`. */
    keyLease?: KeyLease;
  }
}
