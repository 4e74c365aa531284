import type { Response } from 'light-my-request';
import { newId } from '../../../../src/common/ids.js';
import { OrderExpiryService } from '../../../../src/orders/order-expiry.service.js';
import type { FakeCompany, FakeEvent } from '../../../../src/orders/payments/fake-company.js';
import { FakePaymentProvider } from '../../../../src/orders/payments/fake.provider.js';
import { PaymentSweepService } from '../../../../src/orders/payments/payment-sweep.service.js';
import { PaymentTimings } from '../../../../src/orders/payments/payment-timings.js';
import { createProduct } from '../../../factories/product.factory.js';
import { createCode, createPromotion } from '../../../factories/promotion.factory.js';
import { createStaff, createUser, type SignedInUser, unique } from '../../../factories/user.factory.js';
import { type Settings, TestApp } from '../../../support/test-app.js';
import { CARDS, EACH, OFF, PLAIN, PRICES, type Terms, USES } from './shop-model.js';

/** Puts the clock of an expiry forward: what waits for half an hour is due. */
const TICK_MS = 31 * 60_000;

/** Where no other test has taxes or shipping of its own. */
const ADDRESS = { name: 'Mo Dell', line1: 'Model Street 1', city: 'Yaren', countryCode: 'NR' };

/** Where a tax is due, of which no other test knows. */
export const TAXED = 'AQ';

/** An order or a cart, with the token that opens it. */
export interface Placed {
  readonly id: string;
  readonly token: string;
}

/** The real shop, as its shoppers and its staff use it: one method a request. */
export class Shop {
  private ticks = 0;

  private constructor(
    readonly app: TestApp,
    private readonly staff: string,
    readonly variants: readonly string[],
    /** Gift cards, with their codes. */
    private readonly cards: readonly { id: string; code: string }[],
    readonly customer: SignedInUser,
    /** Of a promotion that may be used a few times. */
    private readonly promotion: { readonly id: string; readonly code: string },
  ) {}

  static async open(app: TestApp, staff: string, pieces: number): Promise<Shop> {
    const variants: string[] = [];
    for (const amount of PRICES) {
      const sku = `MODEL-${unique()}`;
      const product = await createProduct(app, {
        stock: pieces,
        variants: [{ sku, prices: [{ amount, currency: 'EUR' }] }],
      });
      variants.push(product.variants[0]!.id);
    }
    const cards: { id: string; code: string }[] = [];
    for (const amount of CARDS) {
      const issued = await app.post(
        '/gift-cards',
        { amount: { amount, currency: 'EUR' } },
        { key: true, token: staff },
      );
      if (issued.statusCode !== 201) throw new Error(issued.body);
      cards.push(issued.json<{ id: string; code: string }>());
    }
    const { id } = await createPromotion(app, staff, {
      usageLimit: USES,
      effects: [{ type: 'percentage', percent: String(OFF), items: { variantIds: [variants[0]] } }],
    });
    const promotion = { id, code: await createCode(app, staff, id) };
    const shop = new Shop(app, staff, variants, cards, await createUser(app), promotion);
    shop.company.tellsAll = true;
    shop.company.send = (body) => {
      shop.mailbag.push(JSON.parse(body) as FakeEvent);
      return Promise.resolve(200);
    };
    return shop;
  }

  /** An application of its own, whose sweep takes up everything at once, and what a clock put forward will have promised. */
  static async application(settings: Settings = {}): Promise<{ app: TestApp; staff: string }> {
    const app = await TestApp.start(settings);
    app.app.get(PaymentTimings).sweepAfterMs = -100 * TICK_MS;
    return { app, staff: (await createStaff(app)).token };
  }

  /** @param means As in `pay`, at once. */
  place(
    pieces: readonly number[],
    key = `place-${unique()}`,
    means?: { card: number; rest: string },
    { isTaxed, isOwned, hasCode }: Terms = PLAIN,
  ): Promise<Response> {
    const lines = pieces.flatMap((quantity, variant) =>
      quantity > 0 ? [{ variantId: this.variants[variant]!, quantity }] : [],
    );
    const paid = means && {
      giftCards: [this.cards[means.card]!.code],
      payment: { provider: 'fake', token: means.rest },
    };
    const body = {
      lines,
      shippingAddress: isTaxed ? { ...ADDRESS, countryCode: TAXED } : ADDRESS,
      ...(isOwned ? {} : { email: 'model@example.com' }),
      ...(hasCode ? { promotionCodes: [this.promotion.code] } : {}),
      ...paid,
    };
    return this.app.post('/orders', body, { key, token: isOwned ? this.customer.token : undefined });
  }

  /** Whoever may see an order: the customer whose it is, or a guest with its token. */
  private callerOf({ token }: Placed): { token: string } | { headers: Record<string, string> } {
    return token === this.customer.token ? { token } : { headers: { 'x-order-token': token } };
  }

  beginCart(): Promise<Response> {
    return this.app.post('/carts', { email: 'model@example.com' });
  }

  add({ id, token }: Placed, variant: number, quantity: number): Promise<Response> {
    const body = { variantId: this.variants[variant], quantity };
    return this.app.post(`/carts/${id}/lines`, body, { headers: { 'x-cart-token': token } });
  }

  /** Sets how many pieces of a variant are wanted; none takes its line out. */
  async change({ id, token }: Placed, variant: number, quantity: number): Promise<Response> {
    const line = await this.app.database.queryOne<{ id: string }>(
      `SELECT id FROM cart_lines WHERE cart_id = $1 AND variant_id = $2`,
      [id, this.variants[variant]],
    );
    const path = `/carts/${id}/lines/${line?.id ?? newId()}`;
    const holder = { headers: { 'x-cart-token': token } };
    return quantity === 0 ? this.app.delete(path, holder) : this.app.patch(path, { quantity }, holder);
  }

  /** @param means A token of the fake company, to pay at once. */
  order({ id, token }: Placed, means?: string, key = `order-${unique()}`): Promise<Response> {
    const payment = means ? { payment: { provider: 'fake', token: means } } : {};
    const body = { cartId: id, shippingAddress: ADDRESS, ...payment };
    return this.app.post('/orders', body, { key, headers: { 'x-cart-token': token } });
  }

  /**
   * @param means A token of the fake company; `manual` and `later` are for staff, who hold money and capture it. A gift card is `card 0`, and
   *   `held card 0` when staff hold its money.
   * @param part What is paid, unless it is all that is due.
   */
  pay(order: Placed, means: string, part?: number, key = `pay-${unique()}`): Promise<Response> {
    const isHeld = means === 'later' || means.startsWith('held');
    const isByStaff = means === 'manual' || isHeld;
    const card = /card (\d)/.exec(means)?.[1];
    const body = {
      provider: means === 'manual' ? 'manual' : card ? 'gift_card' : 'fake',
      ...(card
        ? { code: this.cards[Number(card)]!.code }
        : means === 'manual'
          ? {}
          : { token: isHeld ? 'tok_success' : means }),
      ...(isHeld ? { capture: 'later' } : {}),
      ...(part === undefined ? {} : { amount: { amount: part, currency: 'EUR' } }),
    };
    const caller = isByStaff ? { token: this.staff } : this.callerOf(order);
    return this.app.post(`/orders/${order.id}/payments`, body, { key, ...caller });
  }

  cancel(order: Placed): Promise<Response> {
    return this.app.post(`/orders/${order.id}/cancel`, {}, this.callerOf(order));
  }

  /** `hold`, `release` or `complete`. */
  move({ id }: Placed, move: string): Promise<Response> {
    return this.app.post(`/orders/${id}/${move}`, {}, { token: this.staff });
  }

  /** `capture`, `void` or `refunds`; of all there is, or of an amount. @param to Where a refund goes, unless it is back. */
  book(
    paymentId: string,
    operation: string,
    amount?: number,
    key = `book-${unique()}`,
    to?: string,
  ): Promise<Response> {
    const body = { to, ...(amount === undefined ? {} : { amount: { amount, currency: 'EUR' } }) };
    return this.app.post(`/payments/${paymentId}/${operation}`, body, { key, token: this.staff });
  }

  /** @param pieces By variant; all that is left, unless given. */
  async fulfil({ id }: Placed, pieces: readonly number[] | null): Promise<Response> {
    const body = pieces ? { lines: await this.linesOf(id, pieces) } : {};
    return this.app.post(`/orders/${id}/fulfilments`, body, { token: this.staff });
  }

  /** `ship`, `deliver` or `cancel`. */
  advance(fulfilmentId: string, move: string): Promise<Response> {
    return this.app.post(`/fulfilments/${fulfilmentId}/${move}`, {}, { token: this.staff });
  }

  async requestReturn(order: Placed, pieces: readonly number[]): Promise<Response> {
    const body = { lines: await this.linesOf(order.id, pieces) };
    return this.app.post(`/orders/${order.id}/returns`, body, this.callerOf(order));
  }

  /** `approve`, `reject` or `cancel`; customers cancel theirs. */
  decideReturn(order: Placed, returnId: string, decision: string): Promise<Response> {
    const caller = decision === 'cancel' ? this.callerOf(order) : { token: this.staff };
    return this.app.post(`/returns/${returnId}/${decision}`, decision === 'reject' ? { reason: 'Worn' } : {}, caller);
  }

  /** @param back Pieces by variant; what is of neither has not come. */
  async receive(
    { id }: Placed,
    returnId: string,
    back: { sellable: readonly number[]; damaged: readonly number[] },
    refund: boolean,
    key = `receive-${unique()}`,
  ): Promise<Response> {
    const lines: object[] = [];
    for (const condition of ['sellable', 'damaged'] as const)
      for (const line of await this.linesOf(id, back[condition])) lines.push({ ...line, condition });
    if (lines.length === 0) {
      const [line] = await this.app.database.query<{ lineId: string }>(
        `SELECT order_line_id AS "lineId" FROM return_lines WHERE return_id = $1`,
        [returnId],
      );
      lines.push({ ...line, condition: 'missing', quantity: 1 });
    }
    return this.app.post(`/returns/${returnId}/receive`, { lines, refund }, { key, token: this.staff });
  }

  refundReturn(returnId: string, key = `refund-${unique()}`): Promise<Response> {
    return this.app.post(`/returns/${returnId}/refund`, {}, { key, token: this.staff });
  }

  /** Of every line of an order so many pieces, once the edit is confirmed. */
  async proposeEdit({ id }: Placed, quantity: number): Promise<Response> {
    const lines = (await this.linesOf(id, EACH)).map(({ lineId }) => ({ lineId, quantity }));
    return this.app.post(`/orders/${id}/edits`, { lines }, { key: `edit-${unique()}`, token: this.staff });
  }

  /** Pieces by variant of what there is afterwards; what is not there yet is added. */
  async proposeEditTo({ id }: Placed, pieces: readonly number[]): Promise<Response> {
    const there = await this.variantsOf(id);
    const lines = pieces.flatMap((quantity, variant): object[] => {
      const line = there.find((one) => one.variant === variant);
      if (line) return [{ lineId: line.id, quantity }];
      return quantity > 0 ? [{ variantId: this.variants[variant], quantity }] : [];
    });
    return this.app.post(`/orders/${id}/edits`, { lines }, { key: `edit-${unique()}`, token: this.staff });
  }

  confirmEdit(editId: string): Promise<Response> {
    return this.app.post(`/order-edits/${editId}/confirm`, {}, { key: `confirm-${unique()}`, token: this.staff });
  }

  /** Pieces by variant as lines of an order. */
  private async linesOf(orderId: string, pieces: readonly number[]): Promise<{ lineId: string; quantity: number }[]> {
    return (await this.variantsOf(orderId)).flatMap(({ id, variant }) => {
      const quantity = pieces[variant]!;
      return quantity > 0 ? [{ lineId: id, quantity }] : [];
    });
  }

  private async variantsOf(orderId: string): Promise<{ id: string; variant: number }[]> {
    const lines = await this.app.database.query<{ id: string; variantId: string }>(
      `SELECT id, variant_id AS "variantId" FROM order_lines WHERE order_id = $1 ORDER BY position`,
      [orderId],
    );
    return lines.map(({ id, variantId }) => ({ id, variant: this.variants.indexOf(variantId) }));
  }

  adjustCard(card: number, delta: number): Promise<Response> {
    const body = { amount: { amount: delta, currency: 'EUR' }, reason: 'correction' };
    return this.app.post(`/gift-cards/${this.cards[card]!.id}/adjustments`, body, { key: true, token: this.staff });
  }

  adjust(variant: number, delta: number): Promise<Response> {
    const body = { variantId: this.variants[variant], delta, reason: 'correction' };
    return this.app.post('/inventory/adjustments', body, { key: true, token: this.staff });
  }

  /** The shopper confirms or refuses at the company, which keeps it to itself until it is asked. */
  async decide(paymentId: string, decision: 'confirmed' | 'refused'): Promise<void> {
    const payment = await this.app.database.queryOne<{ reference: string }>(
      `SELECT provider_reference AS reference FROM payments WHERE id = $1`,
      [paymentId],
    );
    if (payment?.reference) await this.company.decide(payment.reference, decision);
  }

  /** What the company has told and the shop has not been given yet, or as often as one likes. */
  readonly mailbag: FakeEvent[] = [];

  /** Brings one webhook: whichever, whenever, again. @returns the payment that it tells of, if any. */
  async deliver(event: FakeEvent, isForged = false): Promise<{ status: number; paymentId: string | null }> {
    const headers = this.company.sign(event.id, JSON.stringify(event));
    const body = isForged ? { ...event, created: '2020-01-01T00:00:00.000Z' } : event;
    const { statusCode } = await this.app.post('/payment-webhooks/fake', body, { headers });
    const payment = await this.app.database.queryOne<{ id: string }>(
      `SELECT id FROM payments WHERE provider_key = $1`,
      [event.charge?.key ?? ''],
    );
    return { status: statusCode, paymentId: payment?.id ?? null };
  }

  private get company(): FakeCompany {
    return this.app.app.get(FakePaymentProvider).company;
  }

  /** Twice: what the first one promises back, the second one makes. */
  async sweep(): Promise<void> {
    await this.app.app.get(PaymentSweepService).sweep();
    await this.app.app.get(PaymentSweepService).sweep();
  }

  async tick(): Promise<void> {
    this.ticks += 1;
    await this.app.app.get(OrderExpiryService).expireDue(new Date(Date.now() + this.ticks * TICK_MS));
  }

  /** The books as `ShopModel` would have them. */
  async state(ids: readonly string[], cartIds: readonly string[]): Promise<object> {
    const carts = await this.app.database.query<{ lines: [string, number][] }>(
      `SELECT c.id, c.status, (SELECT o.id FROM orders o WHERE o.cart_id = c.id) AS "orderId",
         (SELECT coalesce(json_agg(json_build_array(l.variant_id, l.quantity) ORDER BY l.id), '[]') FROM cart_lines l WHERE l.cart_id = c.id) AS lines
       FROM carts c WHERE c.id = ANY ($1) ORDER BY c.id`,
      [cartIds],
    );
    const orders = await this.app.database.query(
      `SELECT o.id, o.status, o.payment_status AS "paymentStatus", o.fulfilment_status AS "fulfilmentStatus", o.return_status AS "returnStatus",
         o.total_amount::int AS total, o.discount_total_amount::int AS discount, o.tax_total_amount::int AS tax,
         (SELECT json_agg(json_build_array(l.quantity, l.fulfilled_quantity, l.delivered_quantity, l.returned_quantity) ORDER BY l.position)
          FROM order_lines l WHERE l.order_id = o.id) AS lines,
         (SELECT coalesce(json_agg(f.status ORDER BY f.id), '[]') FROM fulfilments f WHERE f.order_id = o.id) AS fulfilments,
         (SELECT coalesce(json_agg(r.status ORDER BY r.id), '[]') FROM returns r WHERE r.order_id = o.id) AS returns, (SELECT coalesce(json_agg(json_build_array(p.status, p.amount,
          CASE WHEN p.status IN ('failed', 'voided', 'expired') THEN 0 ELSE p.authorised_amount END,
          p.captured_amount, p.claimed_amount, p.refunded_amount, p.refund_pending_amount, p.excess_returned_amount) ORDER BY p.id), '[]') FROM payments p WHERE p.order_id = o.id) AS payments
       FROM orders o WHERE o.id = ANY ($1) ORDER BY o.id`,
      [ids],
    );
    const stock = await this.app.database.query<{ variantId: string }>(
      `SELECT variant_id AS "variantId", on_hand AS "onHand", reserved FROM stock WHERE variant_id = ANY ($1)`,
      [this.variants],
    );
    const cards = await this.app.database.query(
      `SELECT balance_amount::int AS balance FROM credit_accounts WHERE id = ANY ($1) ORDER BY id`,
      [this.cards.map(({ id }) => id)],
    );
    const [bounds] = await this.app.database.query<{ credit: number; used: number[] }>(
      `SELECT coalesce((SELECT balance_amount::int FROM credit_accounts WHERE customer_id = $1 AND kind = 'store_credit'), 0) AS credit,
         ARRAY[(SELECT used FROM promotions WHERE id = $2), (SELECT used FROM promotion_codes WHERE promotion_id = $2)] AS used`,
      [this.customer.user.id, this.promotion.id],
    );
    const ordered = this.variants.map((id) => stock.find(({ variantId }) => variantId === id)!);
    return {
      carts: carts.map(({ lines, ...cart }) => ({
        ...cart,
        lines: lines.map(([variantId, quantity]) => [this.variants.indexOf(variantId), quantity]),
      })),
      orders,
      cards,
      ...bounds,
      stock: ordered.map(({ variantId: _, ...counts }) => counts),
    };
  }
}
