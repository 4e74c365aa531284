import type { Response } from 'light-my-request';
import { newId } from '../../../../src/common/ids.js';
import { OrderExpiryService } from '../../../../src/orders/order-expiry.service.js';
import type { FakeCompany, FakeEvent } from '../../../../src/orders/payments/fake-company.js';
import { FakePaymentProvider } from '../../../../src/orders/payments/fake.provider.js';
import { PaymentSweepService } from '../../../../src/orders/payments/payment-sweep.service.js';
import { PaymentTimings } from '../../../../src/orders/payments/payment-timings.js';
import { createProduct } from '../../../factories/product.factory.js';
import { createStaff, unique } from '../../../factories/user.factory.js';
import { TestApp } from '../../../support/test-app.js';
import { PRICES } from './shop-model.js';

/** Puts the clock of an expiry forward: what waits for half an hour is due. */
const TICK_MS = 31 * 60_000;

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
    const shop = new Shop(app, staff, variants);
    shop.company.tellsAll = true;
    shop.company.send = (body) => {
      shop.mailbag.push(JSON.parse(body) as FakeEvent);
      return Promise.resolve(200);
    };
    return shop;
  }

  /** An application of its own, whose sweep takes up everything at once, and what a clock put forward will have promised. */
  static async application(): Promise<{ app: TestApp; staff: string }> {
    const app = await TestApp.startOwn();
    app.app.get(PaymentTimings).sweepAfterMs = -100 * TICK_MS;
    return { app, staff: (await createStaff(app)).token };
  }

  place(pieces: readonly number[], key = `place-${unique()}`): Promise<Response> {
    const lines = pieces.flatMap((quantity, variant) =>
      quantity > 0 ? [{ variantId: this.variants[variant]!, quantity }] : [],
    );
    return this.app.post('/orders', { lines, email: 'model@example.com' }, { key });
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
    const body = { cartId: id, ...(means ? { payment: { provider: 'fake', token: means } } : {}) };
    return this.app.post('/orders', body, { key, headers: { 'x-cart-token': token } });
  }

  /**
   * @param means A token of the fake company; `manual` and `later` are for staff, who hold money and capture it.
   * @param part What is paid, unless it is all that is due.
   */
  pay({ id, token }: Placed, means: string, part?: number, key = `pay-${unique()}`): Promise<Response> {
    const isByStaff = means === 'manual' || means === 'later';
    const body = {
      provider: means === 'manual' ? 'manual' : 'fake',
      ...(means === 'later' ? { token: 'tok_success', capture: 'later' } : isByStaff ? {} : { token: means }),
      ...(part === undefined ? {} : { amount: { amount: part, currency: 'EUR' } }),
    };
    const caller = isByStaff ? { token: this.staff } : { headers: { 'x-order-token': token } };
    return this.app.post(`/orders/${id}/payments`, body, { key, ...caller });
  }

  cancel({ id, token }: Placed): Promise<Response> {
    return this.app.post(`/orders/${id}/cancel`, {}, { headers: { 'x-order-token': token } });
  }

  /** `hold`, `release` or `complete`. */
  move({ id }: Placed, move: string): Promise<Response> {
    return this.app.post(`/orders/${id}/${move}`, {}, { token: this.staff });
  }

  /** `capture`, `void` or `refunds`; of all there is, or of an amount. */
  book(paymentId: string, operation: string, amount?: number, key = `book-${unique()}`): Promise<Response> {
    const body = amount === undefined ? {} : { amount: { amount, currency: 'EUR' } };
    return this.app.post(`/payments/${paymentId}/${operation}`, body, { key, token: this.staff });
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
      `SELECT o.id, o.status, o.payment_status AS "paymentStatus", (SELECT coalesce(json_agg(json_build_array(p.status, p.amount,
          CASE WHEN p.status IN ('failed', 'voided', 'expired') THEN 0 ELSE p.authorised_amount END,
          p.captured_amount, p.claimed_amount, p.refunded_amount, p.refund_pending_amount) ORDER BY p.id), '[]') FROM payments p WHERE p.order_id = o.id) AS payments
       FROM orders o WHERE o.id = ANY ($1) ORDER BY o.id`,
      [ids],
    );
    const stock = await this.app.database.query<{ variantId: string }>(
      `SELECT variant_id AS "variantId", on_hand AS "onHand", reserved FROM stock WHERE variant_id = ANY ($1)`,
      [this.variants],
    );
    const ordered = this.variants.map((id) => stock.find(({ variantId }) => variantId === id)!);
    return {
      carts: carts.map(({ lines, ...cart }) => ({
        ...cart,
        lines: lines.map(([variantId, quantity]) => [this.variants.indexOf(variantId), quantity]),
      })),
      orders,
      stock: ordered.map(({ variantId: _, ...counts }) => counts),
    };
  }
}
