/** What domain.md sections 3, 4 and 6 say of a small shop, in plain memory and without any code of the application. */
export interface ModelPayment {
  id: string;
  provider: 'fake' | 'manual';
  status: string;
  amount: number;
  authorised: number;
  captured: number;
  refunded: number;
  /** Of what is authorised, what the company has still to be told that it is given up. */
  claimed: number;
  /** Promised back and not yet made. */
  pending: number;
  /** What the company has decided and the shop has not heard of. */
  decided: 'captured' | 'failed' | null;
}

export interface ModelOrder {
  id: string;
  token: string;
  status: 'pending_payment' | 'confirmed' | 'on_hold' | 'cancelled' | 'expired';
  /** Pieces by variant. */
  pieces: readonly number[];
  total: number;
  payments: ModelPayment[];
}

export interface ModelCart {
  id: string;
  token: string;
  /** Pieces by variant, in the order in which they were added. */
  lines: Map<number, number>;
  orderId: string | null;
}

export const PRICES = [1999, 250, 1] as const;
const OPEN = ['created', 'requires_action', 'processing'];
const DEAD = ['failed', 'voided', 'expired'];
export const isOpen = ({ status }: ModelPayment): boolean => OPEN.includes(status);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export class ShopModel {
  readonly stock = PRICES.map(() => ({ onHand: 5, reserved: 0 }));
  readonly carts: ModelCart[] = [];
  readonly orders: ModelOrder[] = [];
  /** How often the clock has been put forward by half an hour. */
  ticks = 0;

  /** O2. @returns null when a variant is short. */
  place(pieces: readonly number[]): Omit<ModelOrder, 'id' | 'token'> | null {
    if (!this.reserve(pieces)) return null;
    const total = sum(pieces.map((count, variant) => count * PRICES[variant]!));
    return { status: 'pending_payment', pieces, total, payments: [] };
  }

  /** Pieces of one variant are one line. @returns the code of the refusal; null when it is done. */
  add({ lines, orderId }: ModelCart, variant: number, quantity: number): string | null {
    if (orderId !== null) return 'cart.already_ordered';
    lines.set(variant, (lines.get(variant) ?? 0) + quantity);
    return null;
  }

  /** @param quantity In all; none takes the line out. @returns the code of the refusal; null when it is done. */
  change({ lines, orderId }: ModelCart, variant: number, quantity: number): string | null {
    if (orderId !== null) return 'cart.already_ordered';
    if (!lines.has(variant)) return 'cart.line_not_found';
    if (quantity === 0) lines.delete(variant);
    else lines.set(variant, quantity);
    return null;
  }

  /** One cart makes one order. @returns the order, or the code of the refusal. */
  order({ lines, orderId }: ModelCart): Omit<ModelOrder, 'id' | 'token'> | string {
    if (orderId !== null) return 'cart.already_ordered';
    if (lines.size === 0) return 'cart.empty';
    return this.place(PRICES.map((_, variant) => lines.get(variant) ?? 0)) ?? 'product.insufficient_stock';
  }

  /** @param part What is to be paid, unless it is all that is due. @returns the code of the refusal; null when the attempt is made. */
  refusalOfPayment(order: ModelOrder, part = 1): string | null {
    // What was authorised and has been given up since is due again.
    const isDue = order.status === 'pending_payment' || (order.status === 'confirmed' && this.due(order) > 0);
    if (!isDue) return 'order.invalid_transition';
    if (order.payments.some(isOpen)) return 'payment.already_open';
    return part > this.due(order) ? 'payment.invalid_amount' : null;
  }

  /** What is not authorised yet. */
  due({ total, payments }: ModelOrder): number {
    return total - sum(payments.map(({ status, authorised }) => (DEAD.includes(status) ? 0 : authorised)));
  }

  /** News of a payment: O3, O6, O7. */
  settle(order: ModelOrder, payment: ModelPayment, status: 'captured' | 'authorised' | 'failed'): void {
    payment.status = status;
    payment.decided = null;
    if (status === 'failed') return;
    payment.authorised = payment.amount;
    if (status === 'captured') payment.captured = payment.amount;
    const isCovered = this.due(order) <= 0;
    if (order.status === 'pending_payment' && isCovered) order.status = 'confirmed';
    // What has gone back since, or is about to, pays for nothing.
    else if (order.status === 'expired' && this.kept(order) >= order.total && this.reserve(order.pieces))
      order.status = 'confirmed';
    else if (order.status === 'expired' || order.status === 'cancelled') giveBack(payment);
  }

  /** O5, O9. @returns false when it is refused. */
  cancel(order: ModelOrder): boolean {
    if (!['pending_payment', 'confirmed', 'on_hold'].includes(order.status)) return false;
    this.end(order, 'cancelled');
    return true;
  }

  /** O8. */
  move(order: ModelOrder, from: ModelOrder['status'], to: ModelOrder['status']): boolean {
    if (order.status !== from) return false;
    order.status = to;
    return true;
  }

  /** O4: half an hour later every order that waits is due; a payment under way is awaited within its hour. */
  tick(): void {
    this.ticks += 1;
    for (const order of this.orders) {
      if (order.status !== 'pending_payment') continue;
      if (this.ticks === 1 && order.payments.some(isOpen)) continue;
      this.end(order, 'expired');
    }
  }

  /** Takes what is authorised, or a part of it. @returns false when it is refused: too much, or an order that takes no money. */
  capture(order: ModelOrder, payment: ModelPayment, amount = capturable(payment)): boolean {
    if (order.status !== 'pending_payment' && order.status !== 'confirmed') return false;
    if (amount <= 0 || amount > capturable(payment)) return false;
    payment.captured += amount;
    payment.status = payment.captured === payment.authorised ? 'captured' : 'partially_captured';
    return true;
  }

  /** Gives up what is authorised and not captured. */
  void(payment: ModelPayment): boolean {
    if (capturable(payment) === 0 || payment.claimed > 0) return false;
    giveUp(payment);
    return true;
  }

  /** Gives back what is captured, or a part of it; the company makes it at once. */
  refund(payment: ModelPayment, amount = returnable(payment)): boolean {
    if (amount <= 0 || amount > returnable(payment)) return false;
    payment.refunded += amount;
    return true;
  }

  /** The company is asked about what is open, told what is given up, and makes the refunds that are promised. */
  sweep(): void {
    for (const order of this.orders)
      for (const payment of order.payments)
        if (isOpen(payment) && payment.decided) this.settle(order, payment, payment.decided);
    for (const payment of this.orders.flatMap(({ payments }) => payments)) {
      this.giveUpClaimed(payment);
      payment.refunded += payment.pending;
      payment.pending = 0;
    }
  }

  /** The company has been told what is given up. */
  giveUpClaimed(payment: ModelPayment): void {
    if (payment.claimed > 0) giveUp(payment);
    payment.claimed = 0;
  }

  /** @returns false when stock would be below what orders hold. */
  adjust(variant: number, delta: number): boolean {
    const stock = this.stock[variant]!;
    if (stock.onHand + delta < stock.reserved) return false;
    stock.onHand += delta;
    return true;
  }

  /** T2. */
  paymentStatusOf({ total, payments }: ModelOrder): string {
    const captured = sum(payments.map((payment) => payment.captured));
    const refunded = sum(payments.map((payment) => payment.refunded));
    if (captured > 0 && refunded === captured) return 'refunded';
    if (captured > 0 && captured - refunded >= total) return 'paid';
    if (captured > 0) return refunded > 0 ? 'partially_refunded' : 'partially_paid';
    if (payments.some(({ status, authorised }) => !DEAD.includes(status) && authorised > 0)) return 'authorised';
    return payments.some(isOpen) ? 'processing' : 'unpaid';
  }

  /** What is authorised and neither given back nor about to be. */
  private kept({ payments }: ModelOrder): number {
    return sum(
      payments.map(({ status, authorised, claimed, refunded, pending }) =>
        DEAD.includes(status) ? 0 : authorised - claimed - refunded - pending,
      ),
    );
  }

  private reserve(pieces: readonly number[]): boolean {
    const isShort = pieces.some(
      (count, variant) => this.stock[variant]!.onHand - this.stock[variant]!.reserved < count,
    );
    if (!isShort) pieces.forEach((count, variant) => (this.stock[variant]!.reserved += count));
    return !isShort;
  }

  private end(order: ModelOrder, status: 'cancelled' | 'expired'): void {
    order.status = status;
    order.pieces.forEach((count, variant) => (this.stock[variant]!.reserved -= count));
    order.payments.forEach(giveBack);
  }
}

const capturable = ({ status, authorised, captured, claimed }: ModelPayment): number =>
  status === 'authorised' || status === 'partially_captured' ? authorised - captured - claimed : 0;
const returnable = ({ captured, refunded, pending }: ModelPayment): number => captured - refunded - pending;

/** Given up at once where people vouch for it; a company has to be told. */
function giveBack(payment: ModelPayment): void {
  if (capturable(payment) > 0 && payment.provider === 'manual') giveUp(payment);
  else if (payment.claimed === 0) payment.claimed = capturable(payment);
  payment.pending += returnable(payment);
}

function giveUp(payment: ModelPayment): void {
  if (payment.captured > 0) payment.authorised = payment.captured;
  payment.status = payment.captured > 0 ? 'captured' : 'voided';
}
