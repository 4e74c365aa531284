import { Injectable } from '@nestjs/common';
import { raise } from '../../common/errors/domain.error.js';
import { InsufficientScopeError } from '../../common/errors/request.errors.js';
import { type Actor, anonymousAt, hasScope } from '../../common/security/principal.js';
import { OrderAccess } from '../../orders/order-access.js';
import { OrdersService } from '../../orders/orders.service.js';
import { CatalogueService } from '../../products/catalogue/catalogue.service.js';
import type { Room } from './event-audience.js';
import type { SocketStream, Subscription } from './socket-stream.js';
import { SocketNotAuthenticatedError } from './streams.errors.js';

/** In which a price would be told, of which nothing is told here. */
const ANY_CURRENCY = 'EUR';

/** Whether a caller may listen to a channel, and where it is heard. */
@Injectable()
export class SocketChannels {
  constructor(
    private readonly access: OrderAccess,
    private readonly orders: OrdersService,
    private readonly catalogue: CatalogueService,
  ) {}

  /** @throws SocketNotAuthenticatedError, InsufficientScopeError, OrderNotFoundError, VariantNotFoundError */
  async enter(
    stream: SocketStream,
    channel: string,
    orderToken: string | undefined,
  ): Promise<{ room: Room; needs: Subscription['needs'] }> {
    if (channel === 'events') {
      if (!hasScope(callerOf(stream), 'events:read')) throw new InsufficientScopeError(['events:read']);
      return { room: 'events', needs: ['events:read'] };
    }
    if (channel === 'orders') return { room: `user:${userOf(stream).id}`, needs: null };
    const [kind, id] = channel.split(':') as ['order' | 'stock', string];
    if (kind === 'order') return this.enterOrder(stream, id, orderToken);
    await this.catalogue.getVariant(id, 'public', ANY_CURRENCY);
    return { room: `stock:${id}`, needs: null };
  }

  private async enterOrder(stream: SocketStream, id: string, orderToken: string | undefined) {
    const caller = stream.credential ? callerOf(stream) : anonymousAt(stream.address);
    const reach = this.access.reachOf(caller, id, orderToken, 'orders:read');
    const { customerId } = await this.orders.get(id, reach);
    const isTheirs = reach.holdsToken || (customerId !== null && customerId === reach.customerId);
    return { room: `order:${id}`, needs: isTheirs ? null : ['orders:read'] } as const;
  }
}

/** The caller with what they may do now. @throws SocketNotAuthenticatedError */
function callerOf({ credential, scopes }: SocketStream): Actor {
  if (!credential) throw new SocketNotAuthenticatedError();
  return { ...credential.caller, scopes };
}

/** @throws SocketNotAuthenticatedError; InsufficientScopeError for a key, which is nobody's account */
export function userOf(stream: SocketStream): Actor {
  const caller = callerOf(stream);
  return caller.kind === 'user' ? caller : raise(new InsufficientScopeError([]));
}
