import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OrderResponseDto } from '../../orders/dto/order-response.dto.js';
import type { VariantResponse } from '../../products/dto/variant-response.dto.js';
import type { InventoryLevelResponse } from '../../products/inventory/dto/inventory-response.dto.js';
import { AfterSales } from './after-sales.js';
import { expect, type Expectation, type Feature, type Plan, planOf } from './expectation.js';
import type { Baskets, Invoice } from './invoices.js';
import { MailWatch } from './mail-watch.js';
import { ShopRules } from './shop-rules.js';
import { inParallel, type ShopClient, UnexpectedAnswerError } from './shop-client.js';

/** What the simulation found; every entry of `problems` is something that should not be. */
export type SimulationResult = Awaited<ReturnType<Simulation['execute']>>;

type Variant = Pick<VariantResponse, 'id' | 'price'>;
type Order = OrderResponseDto;
/** An invoice as an order, and what should come of it. */
interface Placed {
  readonly order: Order;
  readonly plan: Plan;
  readonly expected: Expectation;
}
type Level = Pick<InventoryLevelResponse, 'onHand' | 'reserved' | 'available'>;

const CURRENCY = 'GBP';
const ADDRESS = { name: 'Simulated customer', line1: '1 Market Street', city: 'Town' };
/** Pieces that the API takes in one line; more are sent as several lines of the same variant. */
const LINE_LIMIT = 10_000;
const SETTLING_MS = 10_000;

/** Replays invoices as orders through the HTTP API, and compares what came of them with what the file says. */
export class Simulation {
  private readonly run = randomBytes(6).toString('hex');
  private readonly password = randomBytes(18).toString('base64url');
  private readonly problems: string[] = [];
  private readonly variants = new Map<string, Variant>();
  private readonly rules: ShopRules;
  private readonly afterSales: AfterSales;
  private pricesIncludeTax = false;

  constructor(
    private readonly shop: ShopClient,
    private readonly baskets: Baskets,
    private readonly adminToken: string,
    private readonly parallel: number,
    private readonly say: (message: string) => void,
    private readonly features: ReadonlySet<Feature>,
  ) {
    this.rules = new ShopRules(shop, adminToken, this.run, CURRENCY, features);
    this.afterSales = new AfterSales(shop, adminToken, this.run);
  }

  /** True when the shop sells every stock code of the invoices in pounds. */
  async isCatalogueThere(): Promise<boolean> {
    const codes = [...this.ordered().keys()];
    await inParallel(codes, this.parallel, async (code) => {
      const { data } = await this.shop.get<{ data: Variant[] }>(
        `/variants?sku=${encodeURIComponent(code)}&currency=${CURRENCY}`,
      );
      if (data[0]?.price) this.variants.set(code, data[0]);
    });
    return codes.every((code) => this.variants.has(code));
  }

  /** Makes the rules of the simulation, gives stock, registers shoppers, places the orders, checks everything, and removes the rules. */
  async execute() {
    try {
      await this.rules.make();
      if (this.features.has('tax')) this.pricesIncludeTax = await this.rules.includeTax();
      return await this.replay();
    } finally {
      await this.rules.remove();
    }
  }

  private async replay() {
    const { invoices, prices } = this.baskets;
    const ordered = this.ordered();
    for (const [code, { price }] of this.variants) {
      if (price?.amount !== prices.get(code))
        this.note(`${code} costs ${price?.amount} in the shop and ${prices.get(code)} by the file`);
    }
    const stock = await this.timed(`giving stock of ${ordered.size} stock codes`, () => this.giveStock(ordered));
    const customers = [...new Set(invoices.map((invoice) => invoice.customer))];
    const tokens = await this.timed(`registering ${customers.length} shoppers`, () => this.register(customers));
    const before = await this.levels(ordered);
    const mails = new MailWatch(this.shop);
    await mails.start();
    const latencies: number[] = [];
    const placed = await this.timed(`placing ${invoices.length} orders, ${this.parallel} at a time`, () =>
      this.place(tokens.result, latencies),
    );
    const orders = await this.reread(placed.result.map(({ order }) => order));
    for (const [index, order] of orders.entries()) this.compareAmounts(order, placed.result[index]!.expected);
    const reserved = await this.levels(ordered);
    this.compareStock(before, reserved, ordered);
    const sent = await this.timed('sending parcels, and some of them back', () => this.handle(placed.result));
    if (this.features.has('parcels')) this.compareMoves(reserved, await this.levels(ordered), placed.result);
    const counted = await this.timed('waiting for the mails', () => mails.finish(orders));
    for (const [number, count] of counted.result)
      if (count !== 1) this.note(`the order ${number} has ${count} confirmation mails`);

    const total = sum(orders.map((order) => order.total.amount));
    const expectations = invoices.map((invoice) => this.expectationOf(invoice, planOf(invoice, this.features)));
    const expectedTotal = sum(expectations.map((one) => one.total));
    const expectedRefund = sum(expectations.map((one) => one.refund));
    if (sent.result !== expectedRefund)
      this.note(`${sent.result} pence were refunded, and ${expectedRefund} should have been`);
    if (total !== expectedTotal) this.note(`the orders come to ${total} pence and the file to ${expectedTotal}`);
    if (orders.length !== invoices.length)
      this.note(`${orders.length} orders were placed for ${invoices.length} invoices`);
    if (this.shop.serverErrors > 0) this.note(`${this.shop.serverErrors} answers were 5xx`);
    latencies.sort((left, right) => left - right);
    const at = (share: number): number =>
      Math.round(latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0);
    return {
      orders: orders.length,
      lines: sum(invoices.map(({ pieces }) => pieces.size)),
      pieces: sum([...ordered.values()]),
      shoppers: customers.length,
      skippedLines: this.baskets.skippedLines,
      /** Pence: what the orders come to by the API, and by the file. */
      total,
      expectedTotal,
      discount: sum(orders.map((order) => order.discountTotal.amount)),
      shipping: sum(orders.map((order) => order.shippingTotal.amount)),
      tax: sum(orders.map((order) => order.taxTotal.amount)),
      parcels: sum(placed.result.map(({ plan }) => plan.parcels.length)),
      returns: placed.result.filter(({ plan }) => plan.returned.size > 0).length,
      refunded: sent.result,
      expectedRefund,
      stockCodes: ordered.size,
      mails: sum([...counted.result.values()]),
      seconds: {
        stock: stock.seconds,
        registering: tokens.seconds,
        ordering: placed.seconds,
        sending: sent.seconds,
        mails: counted.seconds,
      },
      ordersPerSecond: Math.round((invoices.length / placed.seconds) * 10) / 10,
      latencyMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
      serverErrors: this.shop.serverErrors,
      retries: this.shop.retries,
      rateLimited: this.shop.rateLimited,
      problems: this.problems,
    };
  }

  /** Pieces by stock code over all invoices. */
  private ordered(): Map<string, number> {
    const ordered = new Map<string, number>();
    for (const { pieces } of this.baskets.invoices) {
      for (const [code, quantity] of pieces) ordered.set(code, (ordered.get(code) ?? 0) + quantity);
    }
    return ordered;
  }

  private async giveStock(ordered: ReadonlyMap<string, number>): Promise<void> {
    await inParallel([...ordered], this.parallel, async ([sku, delta], index) => {
      await this.shop.expect({
        method: 'POST',
        path: '/inventory/adjustments',
        token: this.adminToken,
        key: `simulate-${this.run}-stock-${index}`,
        body: { sku, delta, reason: 'received', note: `simulation ${this.run}` },
      });
    });
  }

  /** @returns access tokens by customer. */
  private async register(customers: readonly string[]): Promise<Map<string, string>> {
    const tokens = await inParallel(customers, this.parallel, async (customer) => {
      const { accessToken } = await this.shop.expect<{ accessToken: string }>({
        method: 'POST',
        path: '/auth/register',
        key: `simulate-${this.run}-shopper-${customer}`,
        body: { email: this.emailOf(customer), password: this.password, name: `Customer ${customer}` },
      });
      return [customer, accessToken] as const;
    });
    return new Map(tokens);
  }

  private async place(tokens: Map<string, string>, latencies: number[]): Promise<Placed[]> {
    const orders = await inParallel(this.baskets.invoices, this.parallel, async (invoice) => {
      const started = performance.now();
      const plan = planOf(invoice, this.features);
      const order = await this.placeOne(invoice, plan, tokens);
      latencies.push(performance.now() - started);
      return order ? { order, plan, expected: this.expectationOf(invoice, plan) } : [];
    });
    return orders.flat();
  }

  private async placeOne(invoice: Invoice, plan: Plan, tokens: Map<string, string>): Promise<Order | undefined> {
    const request = () => ({
      method: 'POST' as const,
      path: '/orders',
      token: tokens.get(invoice.customer),
      key: `simulate-${this.run}-invoice-${invoice.number}`,
      body: {
        lines: this.linesOf(invoice),
        currency: CURRENCY,
        ...(this.features.size > 0 && {
          shippingAddress: { ...ADDRESS, postalCode: plan.country.postalCode, countryCode: plan.country.code },
        }),
        ...(plan.method && { shippingMethod: this.rules.nameOf(plan.method) }),
        ...(plan.hasCode && { promotionCodes: [this.rules.nameOf('code')] }),
        payment: { provider: 'fake', token: 'tok_success' },
      },
    });
    let answer = await this.shop.send<Order>(request());
    if (answer.status === 401) {
      // The access token has run out; the shopper signs in again.
      tokens.set(invoice.customer, await this.signIn(invoice.customer));
      answer = await this.shop.send<Order>(request());
    }
    if (answer.status === 201) return answer.body;
    this.note(`invoice ${invoice.number}: ${new UnexpectedAnswerError(request(), answer).message}`);
    return undefined;
  }

  private linesOf({ pieces }: Invoice): { variantId: string; quantity: number }[] {
    return [...pieces].flatMap(([code, quantity]) => {
      const variantId = this.variants.get(code)!.id;
      const full = Array.from({ length: Math.floor(quantity / LINE_LIMIT) }, () => ({
        variantId,
        quantity: LINE_LIMIT,
      }));
      return quantity % LINE_LIMIT === 0 ? full : [...full, { variantId, quantity: quantity % LINE_LIMIT }];
    });
  }

  private async signIn(customer: string): Promise<string> {
    const body = { email: this.emailOf(customer), password: this.password };
    return (await this.shop.expect<{ accessToken: string }>({ method: 'POST', path: '/auth/login', body })).accessToken;
  }

  /** Reads every order again, because what counts is what is stored; a payment may take a moment to settle. */
  private async reread(placed: readonly Order[]): Promise<Order[]> {
    return inParallel(placed, this.parallel, async ({ id }) => {
      const deadline = Date.now() + SETTLING_MS;
      let order = await this.shop.get<Order>(`/orders/${id}`, this.adminToken);
      while (order.status === 'pending_payment' && Date.now() < deadline) {
        await sleep(200);
        order = await this.shop.get<Order>(`/orders/${id}`, this.adminToken);
      }
      if (order.status !== 'confirmed' || order.paymentStatus !== 'paid' || order.total.currency !== CURRENCY) {
        this.note(`the order ${order.number} is ${order.status} and ${order.paymentStatus} in ${order.total.currency}`);
      }
      return order;
    });
  }

  private async levels(ordered: ReadonlyMap<string, number>): Promise<Map<string, Level>> {
    const levels = await inParallel([...ordered.keys()], this.parallel, async (sku) => {
      const { data } = await this.shop.get<{ data: Level[] }>(
        `/inventory?sku=${encodeURIComponent(sku)}`,
        this.adminToken,
      );
      const add = (name: keyof Level): number => sum(data.map((level) => level[name]));
      return [sku, { onHand: add('onHand'), reserved: add('reserved'), available: add('available') }] as const;
    });
    return new Map(levels);
  }

  private compareStock(
    before: ReadonlyMap<string, Level>,
    after: ReadonlyMap<string, Level>,
    ordered: ReadonlyMap<string, number>,
  ): void {
    for (const [sku, quantity] of ordered) {
      const [then, now] = [before.get(sku)!, after.get(sku)!];
      if (
        then.available - now.available !== quantity ||
        then.onHand !== now.onHand ||
        now.reserved - then.reserved !== quantity
      ) {
        this.note(
          `${sku}: ${quantity} were ordered, and what can be sold went from ${then.available} to ${now.available}`,
        );
      }
    }
  }

  /** Ships, takes back, and compares what is told of it. @returns minor units that have gone back. */
  private async handle(placed: readonly Placed[]): Promise<number> {
    if (!this.features.has('parcels')) return 0;
    const refunds = await inParallel(placed, this.parallel, async ({ order, plan, expected }) => {
      const lineOf = (code: string) => order.lines.find((line) => line.variantId === this.variants.get(code)!.id)!;
      await this.afterSales.send(order, plan, lineOf);
      const refunded = await this.afterSales.takeBack(order, plan, lineOf);
      if (refunded !== expected.refund)
        this.note(`the order ${order.number} was refunded ${refunded} pence and not ${expected.refund}`);
      for (const problem of await this.afterSales.audit(order, expected)) this.note(problem);
      const { paymentStatus, payments = [] } = await this.shop.get<Order>(`/orders/${order.id}`, this.adminToken);
      const given = sum(payments.map(({ refundedAmount }) => refundedAmount.amount));
      const status = given === 0 ? 'paid' : given === expected.total ? 'refunded' : 'partially_refunded';
      if (given !== expected.refund || paymentStatus !== status)
        this.note(`the order ${order.number} is ${paymentStatus}, its payments have refunded ${given} pence`);
      return refunded;
    });
    return sum(refunds);
  }

  /** Pieces by stock code that have left, and of these that can be sold again. */
  private movedBy(placed: readonly Placed[]): Map<string, { shipped: number; sellable: number }> {
    const moved = new Map([...this.ordered().keys()].map((code) => [code, { shipped: 0, sellable: 0 }]));
    for (const { plan } of placed) {
      for (const [code, pieces] of plan.parcels.flatMap((parcel) => [...parcel])) moved.get(code)!.shipped += pieces;
      for (const [code, { sellable }] of plan.returned) moved.get(code)!.sellable += sellable;
    }
    return moved;
  }

  private compareMoves(
    before: ReadonlyMap<string, Level>,
    after: ReadonlyMap<string, Level>,
    placed: readonly Placed[],
  ) {
    for (const [sku, { shipped, sellable }] of this.movedBy(placed)) {
      const [then, now] = [before.get(sku)!, after.get(sku)!];
      if (then.onHand - now.onHand !== shipped - sellable || then.reserved - now.reserved !== shipped) {
        const from = `on hand ${then.onHand} to ${now.onHand}, reserved ${then.reserved} to ${now.reserved}`;
        this.note(`${sku}: ${shipped} were shipped and ${sellable} came back to be sold: ${from}`);
      }
    }
  }

  private compareAmounts(order: Order, expected: Expectation): void {
    const names = [
      ['subtotal', 'subtotal'],
      ['discount', 'discountTotal'],
      ['shipping', 'shippingTotal'],
      ['tax', 'taxTotal'],
      ['total', 'total'],
    ] as const;
    for (const [name, member] of names) {
      const { amount } = order[member];
      // A price that differs is told of all orders together.
      if (amount !== expected[name] && this.features.size > 0)
        this.note(`the ${name} of the order ${order.number} is ${amount} pence and not ${expected[name]}`);
    }
  }

  private expectationOf(invoice: Invoice, plan: Plan): Expectation {
    return expect(invoice, this.baskets, plan, this.features, this.pricesIncludeTax);
  }

  private emailOf(customer: string): string {
    return `customer-${customer}.${this.run}@shoppers.example.com`;
  }

  private note(problem: string): void {
    this.problems.push(problem);
  }

  private async timed<Result>(what: string, work: () => Promise<Result>): Promise<{ result: Result; seconds: number }> {
    const started = performance.now();
    const result = await work();
    const seconds = Math.round(performance.now() - started) / 1_000;
    this.say(`${what}: ${seconds.toFixed(1)} s`);
    return { result, seconds };
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((left, right) => left + right, 0);
}
