import { Order } from './entities/order.entity.js';
import type { OrderChange } from './entities/order-history-entry.entity.js';
import {
  type Actor,
  allowedMoves,
  canMove,
  isTerminal,
  ORDER_STATUSES,
  ORDER_TRANSITIONS,
  type OrderCommand,
  type OrderStatus,
  SYSTEM,
} from './order-status.js';
import { OrderNotCompletableError, OrderTransitionError } from './orders.errors.js';
import type { PaymentAmounts } from './payments/payment-status.js';

describe('order status', () => {
  it('lets an order move exactly as domain.md section 3 lists', () => {
    const moves = ORDER_STATUSES.map((from): [OrderStatus, OrderStatus[]] => [
      from,
      ORDER_STATUSES.filter((to) => ORDER_TRANSITIONS.some((row) => row.from === from && row.to === to)),
    ]);
    expect(Object.fromEntries(moves)).toEqual({
      draft: ['pending_payment'],
      pending_payment: ['confirmed', 'cancelled', 'expired'],
      confirmed: ['on_hold', 'completed', 'cancelled'],
      on_hold: ['confirmed', 'cancelled'],
      completed: [],
      cancelled: [],
      expired: ['confirmed'],
    });
  });

  it.each([
    ['pending_payment', 'confirmed', 'customer'],
    ['pending_payment', 'expired', 'staff'],
    ['expired', 'confirmed', 'staff'],
    ['confirmed', 'completed', 'customer'],
    ['confirmed', 'on_hold', 'customer'],
    ['pending_payment', 'cancelled', 'provider'],
  ] as const)('does not let an order go from %s to %s by %s', (from, to, by) => {
    expect(canMove(from, to, by)).toBe(false);
  });

  it('tells where an actor may move an order', () => {
    expect(allowedMoves('pending_payment', 'customer')).toEqual(['cancelled']);
    expect(allowedMoves('pending_payment', 'system')).toEqual(['confirmed', 'expired']);
    expect(allowedMoves('cancelled', 'staff')).toEqual([]);
  });

  it('lets nobody but a provider move an order that is over', () => {
    for (const from of ORDER_STATUSES.filter(isTerminal)) {
      for (const by of ['customer', 'staff', 'system'] as const) expect(allowedMoves(from, by)).toEqual([]);
    }
  });
});

describe('every command to an order in every status by every kind of actor', () => {
  const ACTORS = ['customer', 'staff', 'provider', 'system'] as const;
  const captured: PaymentAmounts = {
    status: 'captured',
    authorisedAmount: 100,
    capturedAmount: 100,
    refundPendingAmount: 0,
    refundedAmount: 0,
  };
  const delivered = {
    quantity: 2,
    fulfilledQuantity: 1,
    cancelledQuantity: 1,
    deliveredQuantity: 1,
    returnedQuantity: 0,
  };
  const commands: Record<OrderCommand, (order: Order, by: Actor, now: Date) => OrderChange> = {
    send: (order, by, now) => order.send(by, now, now),
    confirm: (order, by, now) => order.confirm(by, now),
    expire: (order, by, now) => order.expire(by, now),
    cancel: (order, by, now) => order.cancel(by, now, 'why'),
    hold: (order, by, now) => order.hold(by, now, 'why'),
    release: (order, by, now) => order.release(by, now),
    complete: (order, by, now) => order.complete(by, now, [delivered], [captured]),
  };
  /** As domain.md section 3 has it, written down apart from the code: where from, by whom, where to, and what it is called. */
  const allowed: Record<OrderCommand, Partial<Record<OrderStatus, [by: string, to: OrderStatus, event: string]>>> = {
    send: { draft: ['staff', 'pending_payment', 'order.sent'] },
    confirm: {
      pending_payment: ['staff provider system', 'confirmed', 'order.confirmed'],
      expired: ['provider', 'confirmed', 'order.confirmed'],
    },
    expire: { pending_payment: ['system', 'expired', 'order.expired'] },
    cancel: {
      pending_payment: ['customer staff', 'cancelled', 'order.cancelled'],
      confirmed: ['customer staff', 'cancelled', 'order.cancelled'],
      on_hold: ['customer staff', 'cancelled', 'order.cancelled'],
    },
    hold: { confirmed: ['staff system', 'on_hold', 'order.held'] },
    release: { on_hold: ['staff system', 'confirmed', 'order.released'] },
    complete: { confirmed: ['staff system', 'completed', 'order.completed'] },
  };
  const cases = Object.entries(commands).flatMap(([command, run]) =>
    ORDER_STATUSES.flatMap((from) =>
      ACTORS.map((kind) => {
        const [by, to, event] = allowed[command as OrderCommand][from] ?? ['', null, null];
        return {
          command,
          run,
          from,
          kind,
          ...(by.split(' ').includes(kind) ? { to, event } : { to: null, event: null }),
        };
      }),
    ),
  );
  const orderIn = (status: OrderStatus): Order =>
    Object.assign(new Order(), { status, fulfilmentStatus: 'unfulfilled', totalAmount: 100, version: 3 });

  it.each(cases)('$command of a $from order by $kind ends in $to', ({ run, from, kind, to, event }) => {
    const order = orderIn(from);
    const now = new Date();
    const attempt = () => run(order, { kind, id: null }, now);
    if (to === null) {
      expect(attempt).toThrow(OrderTransitionError);
      expect(order).toEqual(orderIn(from));
      return;
    }
    expect(attempt()).toMatchObject({ type: event, fromStatus: from, toStatus: to, version: 4, actorKind: kind });
    expect(order).toMatchObject({ status: to, version: 4, updatedAt: now });
  });

  it('says where the actor may go instead', () => {
    try {
      orderIn('confirmed').release({ kind: 'staff', id: null }, new Date());
      throw new Error('it went');
    } catch (error) {
      expect(error).toMatchObject({
        code: 'order.invalid_transition',
        extensions: { orderStatus: 'confirmed', allowed: ['on_hold', 'cancelled', 'completed'] },
      });
    }
  });

  it.each<[string, Partial<typeof delivered>, Partial<PaymentAmounts>]>([
    ['a piece is still to be delivered', { fulfilledQuantity: 0, deliveredQuantity: 0 }, {}],
    ['a piece is on its way', { deliveredQuantity: 0 }, {}],
    [
      'one piece came back and another is on its way',
      { cancelledQuantity: 0, fulfilledQuantity: 2, returnedQuantity: 1 },
      {},
    ],
    ['money is only authorised', {}, { status: 'authorised', capturedAmount: 0 }],
    ['a part is not captured', {}, { status: 'partially_captured', capturedAmount: 99 }],
    ['a refund is on its way', {}, { refundPendingAmount: 1 }],
    ['an attempt is open', {}, { status: 'processing', authorisedAmount: 0, capturedAmount: 0 }],
    ['more was captured than is due', {}, { authorisedAmount: 101, capturedAmount: 101 }],
  ])('does not complete an order of which %s (O10)', (_, line, payment) => {
    const order = orderIn('confirmed');
    const by = { kind: 'staff', id: null } as const;
    expect(() => order.complete(by, new Date(), [{ ...delivered, ...line }], [{ ...captured, ...payment }])).toThrow(
      OrderNotCompletableError,
    );
    expect(order).toEqual(orderIn('confirmed'));
  });

  it('completes an order that was given back in full', () => {
    const refunded = { ...captured, refundedAmount: 100 };
    expect(orderIn('confirmed').complete(SYSTEM, new Date(), [delivered], [refunded]).toStatus).toBe('completed');
  });
});
