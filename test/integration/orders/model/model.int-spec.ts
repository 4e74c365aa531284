import fc from 'fast-check';
import type { Response } from 'light-my-request';
import type { PlacedOrderResponseDto } from '../../../../src/orders/dto/order-response.dto.js';
import type { CartResponseDto, CreatedCartResponseDto } from '../../../../src/orders/carts/dto/cart-response.dto.js';
import { expectInvariants } from '../../../support/invariants.js';
import type { TestApp } from '../../../support/test-app.js';
import { Shop } from './shop.js';
import { isOpen, type ModelCart, type ModelOrder, type ModelPayment, PRICES, ShopModel } from './shop-model.js';

const RUNS = Number(process.env.MODEL_RUNS ?? 25);
const SEED = Number(process.env.MODEL_SEED ?? Date.now() % 2 ** 31);
const COMMANDS = 80;
/** The latest orders get all that happens: of many, each would see little. */
const BUSY = 2;

type Act = (model: ShopModel, shop: Shop) => Promise<void>;

/** A command of the model test: does the same to the model and to the shop, and compares all that either knows. */
class Command implements fc.AsyncCommand<ShopModel, Shop> {
  constructor(
    private readonly name: string,
    private readonly act: Act,
    private readonly needs: 'orders' | 'carts' | null = 'orders',
  ) {}

  check = (model: ShopModel): boolean => this.needs === null || model[this.needs].length > 0;
  toString = (): string => this.name;

  async run(model: ShopModel, shop: Shop): Promise<void> {
    await this.act(model, shop);
    const [orders, carts] = [model.orders, model.carts].map((some) => some.map(({ id }) => id));
    expect(await shop.state(orders!, carts!)).toEqual(stateOf(model));
  }
}

function stateOf(model: ShopModel): object {
  const byId = (left: { id: string }, right: { id: string }) => (left.id < right.id ? -1 : 1);
  const orders = [...model.orders].sort(byId);
  return {
    carts: [...model.carts].sort(byId).map(({ id, lines, orderId }) => ({
      id,
      status: orderId === null ? 'active' : 'ordered',
      orderId,
      lines: [...lines],
    })),
    orders: orders.map((order) => ({
      id: order.id,
      status: order.status,
      paymentStatus: model.paymentStatusOf(order),
      payments: order.payments.map((payment) => [
        payment.status,
        payment.amount,
        ['failed', 'voided', 'expired'].includes(payment.status) ? 0 : payment.authorised,
        payment.captured,
        payment.claimed,
        payment.refunded,
        payment.pending,
      ]),
    })),
    stock: model.stock,
  };
}

const STATUS: Readonly<Record<string, number>> = { 'payment.invalid_amount': 422, 'cart.line_not_found': 404 };
const expectRefusal = (response: Response, code: string | null, success = 200): void => {
  const found = response.statusCode === 204 ? undefined : response.json<{ code?: string }>().code;
  expect([response.statusCode, found]).toEqual(code === null ? [success, undefined] : [STATUS[code] ?? 409, code]);
};

const nth = <Item>(items: readonly Item[], index: number): Item => items[index % items.length]!;
const index = fc.nat(1_000);
const onOrder = (name: string, act: (order: ModelOrder, model: ShopModel, shop: Shop) => Promise<void>) =>
  index.map(
    (at) => new Command(`${name}(${at})`, (model, shop) => act(nth(model.orders.slice(-BUSY), at), model, shop)),
  );

const place = fc
  .tuple(fc.array(fc.nat(3), { minLength: PRICES.length, maxLength: PRICES.length }), fc.boolean())
  .filter(([pieces]) => pieces.some((count) => count > 0))
  .map(
    ([pieces, isRepeated]) =>
      new Command(
        `place(${pieces.join()}${isRepeated ? ', twice' : ''})`,
        async (model, shop) => {
          const expected = model.place(pieces);
          const key = `model-${Math.random()}`;
          const response = await shop.place(pieces, key);
          // The same request once more is the same order (I1).
          if (isRepeated) expect((await shop.place(pieces, key)).body).toBe(response.body);
          expectRefusal(response, expected ? null : 'product.insufficient_stock', 201);
          if (!expected) return;
          const { id, orderToken, total } = response.json<PlacedOrderResponseDto>();
          expect(total.amount).toBe(expected.total);
          model.orders.push({ ...expected, id, token: orderToken! });
        },
        null,
      ),
  );

const beginCart = fc.constant(
  new Command(
    'begin a cart',
    async (model, shop) => {
      const response = await shop.beginCart();
      expect(response.statusCode).toBe(201);
      const { id, cartToken } = response.json<CreatedCartResponseDto>();
      model.carts.push({ id, token: cartToken!, lines: new Map(), orderId: null });
    },
    null,
  ),
);
const onCart = (name: string, act: (cart: ModelCart, model: ShopModel, shop: Shop) => Promise<void>) =>
  index.map(
    (at) =>
      new Command(`${name}(${at})`, (model, shop) => act(nth(model.carts.slice(-BUSY), at), model, shop), 'carts'),
  );
const variant = fc.nat(PRICES.length - 1);
const totalOf = ({ lines }: ModelCart): number =>
  [...lines].reduce((total, [one, quantity]) => total + PRICES[one]! * quantity, 0);

const add = fc.tuple(variant, fc.integer({ min: 1, max: 3 })).chain(([which, quantity]) =>
  onCart(`add ${quantity} of ${which}`, async (cart, model, shop) => {
    const response = await shop.add(cart, which, quantity);
    const refusal = model.add(cart, which, quantity);
    expectRefusal(response, refusal, 201);
    if (!refusal) expect(response.json<CartResponseDto>().total.amount).toBe(totalOf(cart));
  }),
);
const change = fc.tuple(variant, fc.nat(3)).chain(([which, quantity]) =>
  onCart(`change to ${quantity} of ${which}`, async (cart, model, shop) => {
    const response = await shop.change(cart, which, quantity);
    const refusal = model.change(cart, which, quantity);
    expectRefusal(response, refusal, quantity === 0 ? 204 : 200);
    if (response.statusCode === 200) expect(response.json<CartResponseDto>().total.amount).toBe(totalOf(cart));
  }),
);

const MEANS = {
  tok_success: 'captured',
  tok_decline: 'failed',
  tok_action: 'requires_action',
  tok_processing: 'processing',
  manual: 'authorised',
  later: 'authorised',
};
type Means = keyof typeof MEANS;

/** What follows of an attempt to pay. */
function attempt(model: ShopModel, order: ModelOrder, id: string, means: Means, amount = model.due(order)): void {
  const payment: ModelPayment = {
    id,
    provider: means === 'manual' ? 'manual' : 'fake',
    status: 'created',
    amount,
    authorised: 0,
    captured: 0,
    refunded: 0,
    claimed: 0,
    pending: 0,
    decided: null,
  };
  order.payments.push(payment);
  const status = MEANS[means];
  if (status === 'captured' || status === 'failed' || status === 'authorised') model.settle(order, payment, status);
  else payment.status = status;
}

async function payBy(means: Means, order: ModelOrder, model: ShopModel, shop: Shop, part?: number): Promise<void> {
  const refusal = model.refusalOfPayment(order, part);
  const key = `model-${Math.random()}`;
  const response = await shop.pay(order, means, part, key);
  expectRefusal(response, refusal, 201);
  expect((await shop.pay(order, means, part, key)).body).toBe(response.body);
  if (!refusal) attempt(model, order, response.json<{ id: string }>().id, means, part);
}
const anyMeans = fc.constantFrom(...(Object.keys(MEANS) as Means[]));
const part = fc.integer({ min: 1, max: 2_500 });

const pay = anyMeans.chain((means) => onOrder(`pay by ${means}`, (...all) => payBy(means, ...all)));
const payPart = fc
  .tuple(anyMeans, part)
  .chain(([means, amount]) => onOrder(`pay ${amount} by ${means}`, (...all) => payBy(means, ...all, amount)));
const payInParts = fc.tuple(part, anyMeans).chain(([amount, means]) =>
  onOrder(`pay ${amount}, and the rest by ${means}`, async (...all) => {
    await payBy('tok_success', ...all, amount);
    await payBy(means, ...all);
  }),
);

/** With a payment or without; whoever orders the cart again is told that there is an order. */
const order = fc
  .constantFrom(undefined, 'tok_success' as const, 'tok_decline' as const, 'tok_processing' as const)
  .chain((means) =>
    onCart(`order, ${means ?? 'unpaid'}`, async (cart, model, shop) => {
      const key = `model-${Math.random()}`;
      const response = await shop.order(cart, means, key);
      const expected = model.order(cart);
      expectRefusal(response, typeof expected === 'string' ? expected : null, 201);
      expect((await shop.order(cart, means, key)).body).toBe(response.body);
      if (typeof expected !== 'string') {
        const { id, orderToken, total, payments } = response.json<PlacedOrderResponseDto>();
        expect(total.amount).toBe(expected.total);
        const placed = { ...expected, id, token: orderToken! };
        model.orders.push(placed);
        cart.orderId = id;
        if (means) attempt(model, placed, payments[0]!.id, means);
      }
      const again = model.order(cart);
      expectRefusal(await shop.order(cart, means), typeof again === 'string' ? again : null, 201);
    }),
  );

const decide = fc.constantFrom('confirmed' as const, 'refused' as const).chain((decision) =>
  onOrder(decision, async ({ payments }, _, shop) => {
    const open = payments.find((payment) => isOpen(payment) && payment.decided === null);
    if (!open) return;
    await shop.decide(open.id, decision);
    open.decided = decision === 'confirmed' ? 'captured' : 'failed';
  }),
);

const cancel = onOrder('cancel', async (order, model, shop) => {
  expectRefusal(await shop.cancel(order), model.cancel(order) ? null : 'order.invalid_transition');
});
const hold = onOrder('hold', async (order, model, shop) => {
  expectRefusal(
    await shop.move(order, 'hold'),
    model.move(order, 'confirmed', 'on_hold') ? null : 'order.invalid_transition',
  );
});
const release = onOrder('release', async (order, model, shop) => {
  expectRefusal(
    await shop.move(order, 'release'),
    model.move(order, 'on_hold', 'confirmed') ? null : 'order.invalid_transition',
  );
});
const complete = onOrder('complete', async (order, _, shop) => {
  // Nothing is ever delivered here.
  expect((await shop.move(order, 'complete')).statusCode).toBe(409);
});

/** All there is, or an amount; of whichever payment of the order. */
const book = fc
  .tuple(
    fc.constantFrom('capture' as const, 'void' as const, 'refunds' as const),
    fc.option(fc.integer({ min: 1, max: 900 })),
    index,
  )
  .chain(([operation, wanted, at]) =>
    onOrder(`${operation} ${wanted ?? 'all'} of ${at}`, async (order, model, shop) => {
      if (order.payments.length === 0) return;
      const payment = nth(order.payments.slice(-BUSY), at);
      const amount = operation === 'void' ? undefined : (wanted ?? undefined);
      const key = `model-${Math.random()}`;
      const response = await shop.book(payment.id, operation, amount, key);
      const isAllowed =
        operation === 'capture'
          ? model.capture(order, payment, amount)
          : operation === 'void'
            ? model.void(payment)
            : model.refund(payment, amount);
      expect([operation, response.statusCode]).toEqual([
        operation,
        !isAllowed ? 409 : operation === 'refunds' ? 201 : 200,
      ]);
      expect((await shop.book(payment.id, operation, amount, key)).body).toBe(response.body);
    }),
  );

const brought = new Set<string>();

/** Webhooks come late, again, and in any order; what is no news changes nothing, nor does what somebody else has signed. */
const deliver = fc.tuple(index, fc.integer({ min: 0, max: 9 })).map(
  ([at, luck]) =>
    new Command(`deliver(${at}${luck === 0 ? ', forged' : ''})`, async (model, shop) => {
      if (shop.mailbag.length === 0) return;
      const event = nth(shop.mailbag, at);
      const { status, paymentId } = await shop.deliver(event, luck === 0);
      expect(status).toBe(luck === 0 ? 400 : 200);
      const told = event.operation ? undefined : event.charge?.status;
      const order = model.orders.find(({ payments }) => payments.some(({ id }) => id === paymentId));
      const payment = order?.payments.find(({ id }) => id === paymentId);
      if (luck === 0 || !payment || event.operation) return;
      const isFirst = !brought.has(event.id);
      brought.add(event.id);
      // News of a charge that we are about to change: what is under way is brought to its end first.
      if (isFirst) model.giveUpClaimed(payment);
      if (!isOpen(payment)) return;
      if (told === 'captured') model.settle(order!, payment, 'captured');
      if (told === 'refused') model.settle(order!, payment, 'failed');
    }),
);

const adjust = fc.tuple(variant, fc.integer({ min: -3, max: 3 })).map(
  ([which, wanted]) =>
    new Command(
      `adjust(${which}, ${wanted || 1})`,
      async (model, shop) => {
        const delta = wanted || 1;
        const isAllowed = model.adjust(which, delta);
        expect((await shop.adjust(which, delta)).statusCode).toBe(isAllowed ? 201 : 409);
      },
      null,
    ),
);
const sweep = fc.constant(
  new Command('sweep', async (model, shop) => {
    model.sweep();
    await shop.sweep();
  }),
);
const tick = fc.constant(
  new Command('tick', async (model, shop) => {
    model.tick();
    await shop.tick();
  }),
);

describe(`the shop and its model (MODEL_SEED=${process.env.MODEL_SEED ?? 'of the clock'})`, () => {
  let app: TestApp;
  let staff: string;
  beforeAll(async () => {
    ({ app, staff } = await Shop.application());
  });
  afterAll(() => app.close());

  it('agree after every command, whatever shoppers, staff, company and clock do', async () => {
    process.stdout.write(`model test: MODEL_SEED=${SEED} MODEL_RUNS=${RUNS}\n`);
    const commands = fc.commands(
      [
        place,
        place,
        beginCart,
        add,
        add,
        change,
        order,
        order,
        pay,
        pay,
        pay,
        payPart,
        payInParts,
        payInParts,
        decide,
        decide,
        decide,
        cancel,
        hold,
        hold,
        release,
        complete,
        book,
        book,
        book,
        book,
        deliver,
        deliver,
        adjust,
        sweep,
        sweep,
        tick,
        tick,
      ],
      { maxCommands: COMMANDS, size: 'max' },
    );
    const property = fc.asyncProperty(commands, async (some) => {
      const real = await Shop.open(app, staff, 5);
      await fc.asyncModelRun(() => ({ model: new ShopModel(), real }), some);
    });
    await fc.assert(property, { numRuns: RUNS, seed: SEED, verbose: 1, unbiased: true });
    await expectInvariants(app);
  }, 600_000);
});
