import { Injectable } from '@nestjs/common';
import { Secrets } from '../common/secrets.js';
import { hasScope, type Principal, responsibleUserId } from '../common/security/principal.js';
import type { Scope } from '../common/security/scopes.js';
import type { Actor } from './order-status.js';

/** Which orders a caller reaches. Queries carry it as a condition, so that what is not theirs does not exist for them. */
export interface OrderReach {
  /** Staff: every order. */
  readonly isStaff: boolean;
  /** Orders placed by this user. */
  readonly customerId: string | null;
  /** The caller proved to hold the token of the guest order asked for. */
  readonly holdsToken: boolean;
  /** As whom the caller stands in the order's history. */
  readonly actor: Actor;
}

const PREFIX = 'sho_';

/**
 * Tokens by which guests prove an order to be theirs, and the reach of a caller.
 *
 * A token is an HMAC of the order's id under a key of its own, so nothing about it is stored, and it is told from a forged one in
 * constant time.
 */
@Injectable()
export class OrderAccess {
  constructor(private readonly secrets: Secrets) {}

  /** The token of a guest's order. */
  tokenOf(orderId: string): string {
    return PREFIX + this.secrets.sign('order-token', orderId).toString('base64url');
  }

  /** @param token What came in `X-Order-Token`. @param scopes Any of these makes the caller staff here. */
  reachOf(principal: Principal, orderId: string, token: string | undefined, ...scopes: readonly Scope[]): OrderReach {
    const isStaff = scopes.some((scope) => hasScope(principal, scope));
    return {
      isStaff,
      customerId: principal.kind === 'user' ? principal.id : null,
      holdsToken: token !== undefined && this.isTokenOf(orderId, token),
      actor: {
        kind: isStaff ? 'staff' : 'customer',
        id: principal.kind === 'anonymous' ? null : responsibleUserId(principal),
      },
    };
  }

  private isTokenOf(orderId: string, token: string): boolean {
    return (
      token.startsWith(PREFIX) &&
      this.secrets.verify('order-token', orderId, Buffer.from(token.slice(PREFIX.length), 'base64url'))
    );
  }
}
