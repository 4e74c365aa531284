/** What domain.md sections 3 to 7 say of a small shop, in plain memory and without any code of the application. */
export interface ModelPayment {
  id: string;
  provider: 'fake' | 'manual' | 'gift_card';
  /** What a gift card has left, from which it is taken and to which it goes back. */
  card?: { balance: number };
  status: string;
  amount: number;
  authorised: number;
  captured: number;
  refunded: number;
  /** Of what is authorised, what the company has still to be told that it is given up, or is taken for what has been shipped. */
  claimed: number;
  /** Of what is claimed, what is about to be taken. */
  capturing: number;
  /** Promised back and not yet made. */
  pending: number;
  /** Of what has gone back, or is about to, what the order did not want, or not any more: it counts as never paid. */
  excess: number;
  /** What the company has decided and the shop has not heard of. */
  decided: 'captured' | 'failed' | null;
}

/** What an order is placed with. */
export interface Terms {
  /** Goes where a tax is due. */
  isTaxed: boolean;
  /** By somebody with an account, onto which refunds can go. */
  isOwned: boolean;
  /** With the code that is of use a few times. */
  hasCode: boolean;
}

/** What a line comes to. */
export interface ModelLine {
  discount: number;
  tax: number;
  total: number;
}

export interface ModelOrder {
  id: string;
  token: string;
  terms: Terms;
  status: 'pending_payment' | 'confirmed' | 'on_hold' | 'completed' | 'cancelled' | 'expired';
  /** Pieces by variant. */
  pieces: readonly number[];
  /** Variants in the order of the lines. */
  lines: readonly number[];
  /** By variant. */
  amounts: readonly ModelLine[];
  total: number;
  payments: ModelPayment[];
  fulfilments: ModelFulfilment[];
  returns: ModelReturn[];
  /** What of each variant has been refunded with pieces that came back, or is about to be. */
  given: { pieces: number; amount: number }[];
}

export interface ModelFulfilment {
  id: string;
  status: 'pending' | 'shipped' | 'delivered' | 'cancelled';
  pieces: readonly number[];
}

export interface ModelReturn {
  id: string;
  status: 'requested' | 'approved' | 'received' | 'refunded' | 'rejected' | 'cancelled';
  pieces: readonly number[];
  sellable: readonly number[];
  damaged: readonly number[];
  /** Pieces that have been refunded. */
  refunded: number[];
}

export interface ModelCart {
  id: string;
  token: string;
  /** Pieces by variant, in the order in which they were added. */
  lines: Map<number, number>;
  orderId: string | null;
}

export const PRICES = [1999, 250, 1] as const;
/** What gift cards are issued with. */
export const CARDS = [3_000, 400] as const;
/** Percent, on what goes where it is due. */
export const TAX = 19;
/** Percent off the first variant, for whoever has the code, and how many orders may have it. */
export const OFF = 10;
export const USES = 2;
export const PLAIN: Terms = { isTaxed: false, isOwned: false, hasCode: false };
/** A piece of every variant. */
export const EACH: readonly number[] = PRICES.map(() => 1);
const NONE: readonly number[] = PRICES.map(() => 0);
const OPEN = ['created', 'requires_action', 'processing'];
const DEAD = ['failed', 'voided', 'expired'];
export const isOpen = ({ status }: ModelPayment): boolean => OPEN.includes(status);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export class ShopModel {
  readonly stock: { onHand: number; reserved: number }[];
  readonly cards = CARDS.map((balance) => ({ balance }));
  readonly carts: ModelCart[] = [];
  readonly orders: ModelOrder[] = [];
  /** Orders that have the code. */
  used = 0;
  /** Store credit of the customer. */
  readonly credit = { balance: 0 };
  /** How often the clock has been put forward by half an hour. */
  ticks = 0;

  /**
   * @param pieces Of each variant that lie there. @param isTaxIncluded Whether prices contain the tax.
   * @param isCapturedByShipping Whether shipping takes the money for what is shipped.
   */
  constructor(
    pieces: number,
    private readonly isTaxIncluded = false,
    private readonly isCapturedByShipping = false,
  ) {
    this.stock = PRICES.map(() => ({ onHand: pieces, reserved: 0 }));
  }

  /** O2, R1. @param lines Variants in the order of the lines. @returns the order, or the code of the refusal. */
  place(
    pieces: readonly number[],
    terms = PLAIN,
    lines = PRICES.flatMap((_, variant) => (pieces[variant]! > 0 ? [variant] : [])),
  ): Omit<ModelOrder, 'id' | 'token'> | string {
    if (terms.hasCode && this.used >= USES) return 'promotion.usage_limit_reached';
    if (!this.reserve(pieces)) return 'product.insufficient_stock';
    if (terms.hasCode) this.used += 1;
    const amounts = pieces.map((count, variant) => {
      const off = terms.hasCode && variant === 0 ? OFF : 0;
      return this.line(variant, count, rounded(PRICES[variant]! * count * off, 100), terms);
    });
    const total = sum(amounts.map((line) => line.total));
    const given = PRICES.map(() => ({ pieces: 0, amount: 0 }));
    const placed = { status: 'pending_payment' as const, pieces, terms, lines, amounts, total, given };
    return { ...placed, payments: [], fulfilments: [], returns: [] };
  }

  /** Tax is rounded on the line; of prices that contain it, what is left without it is. */
  private line(variant: number, count: number, discount: number, { isTaxed }: Terms): ModelLine {
    const price = PRICES[variant]! * count - discount;
    if (!isTaxed) return { discount, tax: 0, total: price };
    if (this.isTaxIncluded) return { discount, tax: price - rounded(price * 100, 100 + TAX), total: price };
    const tax = rounded(price * TAX, 100);
    return { discount, tax, total: price + tax };
  }

  /**
   * T4. Lines that change keep what is taken off each piece; what was paid beyond the new total goes back.
   *
   * @param wanted Pieces by variant; no line goes. @returns the code of the refusal; null when it is done.
   */
  edit(order: ModelOrder, wanted: readonly number[]): string | null {
    if (order.status !== 'confirmed' && order.status !== 'on_hold') return 'order.not_editable';
    const inParcels = plus(order.fulfilments.filter(({ status }) => status !== 'cancelled'));
    const amounts = order.amounts.map((line, variant) => {
      const [before, after] = [order.pieces[variant]!, wanted[variant]!];
      if (before === after) return line;
      return this.line(variant, after, before > 0 ? Math.floor((line.discount * after) / before) : 0, order.terms);
    });
    const isTooLow = order.lines.some((variant) => {
      const { pieces, amount } = order.given[variant]!;
      const isChanged = wanted[variant] !== order.pieces[variant];
      const isBelow = wanted[variant]! < Math.max(inParcels[variant]!, pieces) || amounts[variant]!.total < amount;
      return isChanged && isBelow;
    });
    if (isTooLow) return 'order_edit.too_low';
    if (!this.reserve(minus(wanted, order.pieces))) return 'product.insufficient_stock';
    const added = PRICES.flatMap((_, variant) =>
      order.pieces[variant] === 0 && wanted[variant]! > 0 ? [variant] : [],
    );
    const total = sum(amounts.map((line) => line.total));
    Object.assign(order, { pieces: wanted, lines: [...order.lines, ...added], amounts, total });
    let excess = Math.min(paid(order) - total, sum(order.payments.map(returnable)));
    for (const payment of order.payments) {
      const back = Math.min(Math.max(excess, 0), returnable(payment));
      promiseExcess(payment, back);
      excess -= back;
    }
    return null;
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
    const pieces = PRICES.map((_, variant) => lines.get(variant) ?? 0);
    return this.place(pieces, PLAIN, [...lines.keys()]);
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
    return Math.max(total - authorised(payments), 0);
  }

  /** News of a payment: O3, O6, O7. */
  settle(order: ModelOrder, payment: ModelPayment, status: 'captured' | 'authorised' | 'failed'): void {
    // A card pays what it has; one that is empty pays nothing.
    const taken = Math.min(payment.amount, payment.card?.balance ?? payment.amount);
    payment.status = taken === 0 ? 'failed' : status;
    payment.decided = null;
    if (payment.status === 'failed') return;
    if (payment.card) payment.card.balance -= taken;
    payment.authorised = taken;
    if (status === 'captured') payment.captured = taken;
    const isCovered = this.due(order) <= 0;
    if (order.status === 'pending_payment' && isCovered) order.status = 'confirmed';
    // What has gone back since, or is about to, pays for nothing.
    else if (order.status === 'expired' && this.kept(order) >= order.total && this.holdAgain(order))
      order.status = 'confirmed';
    else if (order.status === 'expired' || order.status === 'cancelled') giveBack(payment);
    else if (order.status !== 'pending_payment') this.returnExcess(order, payment);
  }

  /** O7b: what comes beyond what an order has asked for by then. */
  private returnExcess(order: ModelOrder, payment: ModelPayment): void {
    if (['pending_payment', 'cancelled', 'expired'].includes(order.status) || DEAD.includes(payment.status)) return;
    const others = order.payments.filter((other) => other !== payment);
    if (capturable(payment) > 0 && payment.claimed === 0 && authorised(others) >= order.total) {
      giveBack(payment);
    } else {
      const net = sum(order.payments.map(returnable));
      promiseExcess(payment, Math.max(Math.min(net - order.total, returnable(payment)), 0));
    }
  }

  /** O5, O9: not once something has been shipped. @returns false when it is refused. */
  cancel(order: ModelOrder): boolean {
    if (!['pending_payment', 'confirmed', 'on_hold'].includes(order.status)) return false;
    if (sum(shippedOf(order)) > 0) return false;
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
    take(payment, amount);
    this.returnExcess(order, payment);
    return true;
  }

  /** Gives up what is authorised and not captured. */
  void(order: ModelOrder, payment: ModelPayment): boolean {
    if (capturable(payment) === 0 || payment.claimed > 0) return false;
    giveUp(payment);
    this.returnExcess(order, payment);
    return true;
  }

  /** Gives back what is captured, or a part of it; the company makes it at once. */
  refund(payment: ModelPayment, amount = returnable(payment)): boolean {
    if (amount <= 0 || amount > returnable(payment)) return false;
    giveOut(payment, amount);
    return true;
  }

  /** The same onto the credit of the customer, whoever has paid. @returns the code of the refusal; null when it is done. */
  credited(order: ModelOrder, payment: ModelPayment, amount = returnable(payment)): string | null {
    if (!order.terms.isOwned) return 'store_credit.no_account';
    if (amount <= 0 || amount > returnable(payment)) return 'payment.refund_exceeds';
    payment.refunded += amount;
    this.credit.balance += amount;
    return null;
  }

  /** The company is asked about what is open, told what is taken and given up, and makes the refunds that are promised. */
  sweep(): void {
    for (const order of this.orders)
      for (const payment of order.payments)
        if (isOpen(payment) && payment.decided) this.settle(order, payment, payment.decided);
    const all = this.orders.flatMap((order) => order.payments.map((payment) => ({ order, payment })));
    // Twice, as what is taken may leave something to be given up.
    for (const { order, payment } of [...all, ...all]) this.settleClaimed(order, payment);
    for (const { payment } of all) {
      giveOut(payment, payment.pending);
      payment.pending = 0;
    }
  }

  /** The company has been told what is taken, or given up. */
  settleClaimed(order: ModelOrder, payment: ModelPayment): void {
    if (payment.claimed === 0) return;
    const { capturing } = payment;
    payment.claimed = payment.capturing = 0;
    if (capturing > 0) take(payment, capturing);
    else giveUp(payment);
    this.returnExcess(order, payment);
  }

  /** @returns false when stock would be below what orders hold. */
  adjust(variant: number, delta: number): boolean {
    const stock = this.stock[variant]!;
    if (stock.onHand + delta < stock.reserved) return false;
    stock.onHand += delta;
    return true;
  }

  /** Staff move the balance of a card. @returns false for more than it has. */
  adjustCard(which: number, delta: number): boolean {
    const card = this.cards[which]!;
    if (card.balance + delta < 0) return false;
    card.balance += delta;
    return true;
  }

  /** Pieces that are neither shipped nor about to be; of all variants or of those asked for. @returns them, or the code of the refusal. */
  fulfil(order: ModelOrder, asked: readonly number[] | null): Omit<ModelFulfilment, 'id'> | string {
    if (order.status !== 'confirmed') return 'order.invalid_transition';
    const left = minus(order.pieces, plus(order.fulfilments.filter(({ status }) => status !== 'cancelled')));
    const pieces = asked ?? left;
    if (sum(pieces) === 0 || pieces.some((count, variant) => count > left[variant]!)) return 'fulfilment.exceeds';
    return { status: 'pending', pieces };
  }

  /** @returns the code of the refusal; null when it is done. */
  ship(order: ModelOrder, fulfilment: ModelFulfilment): string | null {
    if (fulfilment.status !== 'pending') return 'fulfilment.invalid_transition';
    if (order.status !== 'confirmed') return 'order.invalid_transition';
    fulfilment.status = 'shipped';
    fulfilment.pieces.forEach((count, variant) => {
      this.stock[variant]!.onHand -= count;
      this.stock[variant]!.reserved -= count;
    });
    if (this.isCapturedByShipping) claimShipped(order);
    return null;
  }

  /** @returns the code of the refusal; null when it is done. */
  advance(fulfilment: ModelFulfilment, from: 'pending' | 'shipped', to: 'cancelled' | 'delivered'): string | null {
    if (fulfilment.status !== from) return 'fulfilment.invalid_transition';
    fulfilment.status = to;
    return null;
  }

  /** O10. @returns the code of the refusal; null when it is done. */
  complete(order: ModelOrder): string | null {
    if (order.status !== 'confirmed') return 'order.invalid_transition';
    const { pieces, payments, total } = order;
    const shipped = shippedOf(order);
    const returned = returnedOf(order);
    const arrived = deliveredOf(order);
    const isArrived = pieces.every(
      (count, variant) => shipped[variant] === count && Math.max(arrived[variant]!, returned[variant]!) >= count,
    );
    const isPaid = paid(order) >= total && sum(payments.map(returnable)) <= total;
    const isSettled = isPaid && payments.every((payment) => !isOpen(payment) && payment.pending === 0);
    if (!isArrived || !isSettled) return 'order.not_completable';
    order.status = 'completed';
    return null;
  }

  /** S4: what is shipped, and neither back nor about to come. @returns the return, or the code of the refusal. */
  requestReturn(order: ModelOrder, pieces: readonly number[]): Omit<ModelReturn, 'id'> | string {
    const coming = plus(order.returns.filter(({ status }) => status === 'requested' || status === 'approved'));
    const left = minus(minus(shippedOf(order), returnedOf(order)), coming);
    if (pieces.some((count, variant) => count > left[variant]!)) return 'return.exceeds';
    return { status: 'requested', pieces, sellable: NONE, damaged: NONE, refunded: [...NONE] };
  }

  /** @returns the code of the refusal; null when it is done. */
  decideReturn(one: ModelReturn, to: 'approved' | 'rejected' | 'cancelled'): string | null {
    const isAllowed = one.status === 'requested' || (one.status === 'approved' && to === 'cancelled');
    if (!isAllowed) return 'return.invalid_transition';
    one.status = to;
    return null;
  }

  /** Sellable pieces are on hand again. @returns the code of the refusal; null when it is done. */
  receive(order: ModelOrder, one: ModelReturn, back: Pick<ModelReturn, 'sellable' | 'damaged'>, isRefunded: boolean) {
    if (one.status !== 'approved') return 'return.invalid_transition';
    Object.assign(one, back, { status: 'received' });
    back.sellable.forEach((count, variant) => (this.stock[variant]!.onHand += count));
    if (isRefunded && this.promiseReturn(order, one) === null) one.status = 'refunded';
    return null;
  }

  /** @returns the code of the refusal; null when it is done. */
  refundReturn(order: ModelOrder, one: ModelReturn): string | null {
    if (one.status !== 'received' && one.status !== 'refunded') return 'return.invalid_transition';
    const refusal = this.promiseReturn(order, one);
    if (refusal === null) one.status = 'refunded';
    return refusal;
  }

  /** Pieces at their price, less what was given for them, of one payment after the other. */
  private promiseReturn(order: ModelOrder, one: ModelReturn): string | null {
    const shares = order.lines.flatMap((variant) => {
      if (one.pieces[variant] === 0) return [];
      const given = order.given[variant]!;
      const back = one.sellable[variant]! + one.damaged[variant]! - one.refunded[variant]!;
      const pieces = Math.min(back, order.pieces[variant]! - given.pieces);
      const share = shareOf(order.amounts[variant]!.total, order.pieces[variant]!, given.pieces + pieces);
      return [{ variant, pieces, amount: Math.max(share - given.amount, 0) }];
    });
    if (shares.every(({ amount }) => amount === 0)) return 'return.nothing_due';
    let promised = 0;
    for (const { variant, pieces, amount } of shares) {
      let taken = 0;
      for (const payment of order.payments) {
        const part = Math.min(amount - taken, returnable(payment));
        payment.pending += part;
        taken += part;
      }
      if (taken === 0) continue;
      order.given[variant]!.amount += taken;
      order.given[variant]!.pieces += pieces;
      one.refunded[variant]! += pieces;
      promised += taken;
    }
    return promised > 0 ? null : 'payment.refund_exceeds';
  }

  /** T2. */
  fulfilmentStatusOf(order: ModelOrder): string {
    const shipped = sum(shippedOf(order));
    return shipped === 0 ? 'unfulfilled' : shipped < sum(order.pieces) ? 'partially_fulfilled' : 'fulfilled';
  }

  /** T2. */
  returnStatusOf(order: ModelOrder): string {
    const returned = sum(returnedOf(order));
    if (returned > 0) return returned < sum(order.pieces) ? 'partially_returned' : 'returned';
    return order.returns.some(({ status }) => status === 'requested' || status === 'approved') ? 'requested' : 'none';
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

  /** O6: pieces, and the use of the code; both or neither. */
  private holdAgain({ pieces, terms }: ModelOrder): boolean {
    if (terms.hasCode && this.used >= USES) return false;
    if (!this.reserve(pieces)) return false;
    if (terms.hasCode) this.used += 1;
    return true;
  }

  private end(order: ModelOrder, status: 'cancelled' | 'expired'): void {
    order.status = status;
    if (order.terms.hasCode) this.used -= 1;
    order.pieces.forEach((count, variant) => (this.stock[variant]!.reserved -= count));
    order.payments.forEach(giveBack);
    for (const fulfilment of order.fulfilments) if (fulfilment.status === 'pending') fulfilment.status = 'cancelled';
  }
}

const plus = (some: readonly { pieces: readonly number[] }[]): number[] =>
  PRICES.map((_, variant) => sum(some.map(({ pieces }) => pieces[variant]!)));
export const minus = (whole: readonly number[], part: readonly number[]): number[] =>
  whole.map((count, variant) => count - part[variant]!);
export const shippedOf = ({ fulfilments }: ModelOrder): number[] =>
  plus(fulfilments.filter(({ status }) => status === 'shipped' || status === 'delivered'));
export const deliveredOf = ({ fulfilments }: ModelOrder): number[] =>
  plus(fulfilments.filter(({ status }) => status === 'delivered'));
export const returnedOf = ({ returns }: ModelOrder): number[] =>
  plus(returns.flatMap(({ sellable, damaged }) => [{ pieces: sellable }, { pieces: damaged }]));

const capturable = ({ status, authorised, captured, claimed }: ModelPayment): number =>
  status === 'authorised' || status === 'partially_captured' ? authorised - captured - claimed : 0;
/** What is authorised and not given up, less what was beyond the total. */
const authorised = (payments: readonly ModelPayment[]): number =>
  sum(payments.map((payment) => (DEAD.includes(payment.status) ? 0 : payment.authorised - payment.excess)));
/** What has been captured, less what was beyond the total. */
const paid = ({ payments }: ModelOrder): number => sum(payments.map(({ captured, excess }) => captured - excess));
const returnable = ({ captured, refunded, pending }: ModelPayment): number => captured - refunded - pending;

/** Given up at once where people vouch for it; a company has to be told. */
function giveBack(payment: ModelPayment): void {
  if (capturable(payment) > 0 && payment.provider === 'manual') giveUp(payment);
  else if (payment.claimed === 0) payment.claimed = capturable(payment);
  promiseExcess(payment, returnable(payment));
}

function promiseExcess(payment: ModelPayment, amount: number): void {
  payment.pending += amount;
  payment.excess += amount;
}

/** Half is rounded up. */
function rounded(amount: number, by: number): number {
  return Math.floor((2 * amount + by) / (2 * by));
}

/** What some of the pieces of a line come to: the first ones bear what cannot be split. */
function shareOf(total: number, pieces: number, some: number): number {
  return Math.floor(total / pieces) * some + Math.min(some, total % pieces);
}

function take(payment: ModelPayment, amount: number): void {
  payment.captured += amount;
  payment.status = payment.captured === payment.authorised ? 'captured' : 'partially_captured';
}

/** What all that is shipped comes to, and is neither taken nor about to be, of one payment after the other; what people vouch for they book. */
function claimShipped(order: ModelOrder): void {
  const shipped = shippedOf(order);
  const isLeft = sum(minus(order.pieces, shipped)) > 0;
  const shares = order.lines.map((variant) =>
    shareOf(order.amounts[variant]!.total, order.pieces[variant]!, shipped[variant]!),
  );
  const taken = order.payments.map(({ captured, capturing }) => captured + capturing);
  let due = (isLeft ? sum(shares) : order.total) - sum(taken);
  for (const payment of order.payments) {
    const amount = payment.provider === 'manual' ? 0 : Math.max(Math.min(capturable(payment), due), 0);
    payment.claimed += amount;
    payment.capturing += amount;
    due -= amount;
  }
}

/** A refund is made. */
function giveOut(payment: ModelPayment, amount: number): void {
  payment.refunded += amount;
  if (payment.card) payment.card.balance += amount;
}

function giveUp(payment: ModelPayment): void {
  if (payment.card) payment.card.balance += payment.authorised - payment.captured;
  if (payment.captured > 0) payment.authorised = payment.captured;
  payment.status = payment.captured > 0 ? 'captured' : 'voided';
}
