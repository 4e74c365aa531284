import {
  allowedMoves,
  canMove,
  isTerminal,
  ORDER_STATUSES,
  ORDER_TRANSITIONS,
  type OrderStatus,
} from './order-status.js';

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
