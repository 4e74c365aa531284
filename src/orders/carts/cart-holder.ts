import { timingSafeEqual } from 'node:crypto';
import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { OpaqueToken } from '../../common/security/opaque-token.js';
import { anonymousAt, hasScope, type Principal } from '../../common/security/principal.js';
import type { Scope } from '../../common/security/scopes.js';
import type { Cart } from './entities/cart.entity.js';

/** What a guest holds a cart by: `b` as in basket. */
export const CART_TOKEN = new OpaqueToken('shb_');

/** By what a caller may hold a cart. */
export interface CartHolder {
  /** Staff: every cart. */
  readonly isStaff: boolean;
  /** Carts of this user. */
  readonly customerId: string | null;
  /** The guest's cart with this token. */
  readonly tokenHash: Buffer | null;
}

/** What came in `X-Cart-Token`, as it is stored; null without a token. */
export function cartTokenHash({ headers }: FastifyRequest): Buffer | null {
  const header = headers['x-cart-token'];
  return typeof header === 'string' ? CART_TOKEN.hashOf(header) : null;
}

/** @param scope Makes the caller staff here; without one nobody is. */
export function holderOf(request: FastifyRequest, scope?: Scope): CartHolder {
  const principal: Principal = request.principal ?? anonymousAt(request.ip);
  return {
    isStaff: scope !== undefined && hasScope(principal, scope),
    customerId: principal.kind === 'user' ? principal.id : null,
    tokenHash: cartTokenHash(request),
  };
}

/** True when the cart is the caller's; tokens are compared in constant time. */
export function holds(holder: CartHolder, cart: Pick<Cart, 'customerId' | 'tokenHash'>): boolean {
  if (holder.isStaff) return true;
  if (cart.customerId !== null) return cart.customerId === holder.customerId;
  return cart.tokenHash !== null && holder.tokenHash !== null && timingSafeEqual(cart.tokenHash, holder.tokenHash);
}

/** Hands a handler what the caller may hold carts by; `@Holder('orders:read')` lets staff with that scope hold every one. */
export const Holder = createParamDecorator((scope: Scope | undefined, context: ExecutionContext): CartHolder =>
  holderOf(context.switchToHttp().getRequest<FastifyRequest>(), scope),
);

/** Documents that guests prove a cart to be theirs with its token. */
export const AcceptsCartToken = (): MethodDecorator & ClassDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'X-Cart-Token',
      required: false,
      description: 'The `cartToken` from the 201 of a guest’s cart; opens that cart without signing in.',
      schema: { type: 'string', maxLength: 100 },
    }),
  );
