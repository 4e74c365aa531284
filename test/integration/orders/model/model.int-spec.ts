import fc from 'fast-check';
import type { PlacedOrderResponseDto } from '../../../../src/orders/dto/order-response.dto.js';
import type { CartResponseDto, CreatedCartResponseDto } from '../../../../src/orders/carts/dto/cart-response.dto.js';
import { expectInvariants } from '../../../support/invariants.js';
import type { TestApp } from '../../../support/test-app.js';
import { BUSY, Command, expectRefusal, index, nth, onOrder } from './command.js';
import { adjustCard, complete, edit, editTo, goods, send } from './goods-commands.js';
import { Shop, TAXED } from './shop.js';
import {
  isOpen,
  type ModelCart,
  type ModelOrder,
  type ModelPayment,
  PRICES,
  ShopModel,
  TAX,
  type Terms,
} from './shop-model.js';

const RUNS = Number(process.env.MODEL_RUNS ?? 25);
const SEED = Number(process.env.MODEL_SEED ?? Date.now() % 2 ** 31);
const COMMANDS = 80;
const pieces = fc
  .array(fc.nat(3), { minLength: PRICES.length, maxLength: PRICES.length })
  .filter((some) => some.some((count) => count > 0));
const terms: fc.Arbitrary<Terms> = fc.record({ isTaxed: fc.boolean(), isOwned: fc.boolean(), hasCode: fc.boolean() });
const termsOf = (terms: Terms): string =>
  Object.entries(terms)
    .flatMap(([name, is]) => (is ? [name] : []))
    .join();
/** The code is for the first variant, so there is a piece of it. */
const wantedOf = (pieces: readonly number[], { hasCode }: Terms): number[] =>
  pieces.map((count, variant) => (hasCode && variant === 0 ? Math.max(count, 1) : count));
const place = fc.tuple(pieces, fc.boolean(), terms).map(
  ([some, isRepeated, terms]) =>
    new Command(
      `place(${some.join()}${isRepeated ? ', twice' : ''}) ${termsOf(terms)}`,
      async (model, shop) => {
        const pieces = wantedOf(some, terms);
        const expected = model.place(pieces, terms);
        const key = `model-${Math.random()}`;
        const response = await shop.place(pieces, key, undefined, terms);
        // The same request once more is the same order (I1).
        if (isRepeated) expect((await shop.place(pieces, key, undefined, terms)).body).toBe(response.body);
        expectRefusal(response, typeof expected === 'string' ? expected : null, 201);
        if (typeof expected === 'string') return;
        const { id, orderToken, total } = response.json<PlacedOrderResponseDto>();
        expect(total.amount).toBe(expected.total);
        model.orders.push({ ...expected, id, token: orderToken ?? shop.customer.token });
      },
      null,
    ),
);

/** A card pays what it has, and the fake company the rest. */
const placePaid = fc
  .tuple(
    pieces,
    fc.nat(1),
    fc.constantFrom('tok_success' as const, 'tok_success' as const, 'tok_processing' as const),
    terms,
  )
  .map(
    ([some, card, rest, terms]) =>
      new Command(
        `place(${some.join()}) ${termsOf(terms)} paid by card ${card} and ${rest}`,
        async (model, shop) => {
          const pieces = wantedOf(some, terms);
          const expected = model.place(pieces, terms);
          const response = await shop.place(pieces, undefined, { card, rest }, terms);
          expectRefusal(response, typeof expected === 'string' ? expected : null, 201);
          if (typeof expected === 'string') return;
          const { id, orderToken, payments } = response.json<PlacedOrderResponseDto>();
          const placed = { ...expected, id, token: orderToken ?? shop.customer.token };
          model.orders.push(placed);
          const [byCard, byCompany] = payments;
          attempt(model, placed, byCard!.id, `card ${card as 0 | 1}`);
          if (byCompany) attempt(model, placed, byCompany.id, rest);
          // A card that pays nothing ends it.
          const { status, authorised } = placed.payments[0]!;
          expect(payments).toHaveLength(status === 'captured' && authorised < placed.total ? 2 : 1);
          if (status === 'failed') await payBy(rest, placed, model, shop);
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
  'card 0': 'captured',
  'card 1': 'captured',
  'held card 0': 'authorised',
};
type Means = keyof typeof MEANS;

/** What follows of an attempt to pay. */
function attempt(model: ShopModel, order: ModelOrder, id: string, means: Means, amount = model.due(order)): void {
  const card = /card (\d)/.exec(means)?.[1];
  const payment: ModelPayment = {
    id,
    provider: means === 'manual' ? 'manual' : card ? 'gift_card' : 'fake',
    card: card ? model.cards[Number(card)] : undefined,
    status: 'created',
    amount,
    authorised: 0,
    captured: 0,
    refunded: 0,
    claimed: 0,
    capturing: 0,
    pending: 0,
    excess: 0,
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

/** What is paid is edited, which chance alone would seldom come to; what is more then is paid as well. */
const payAndEdit = fc
  .tuple(fc.constantFrom<Means>('tok_success', 'tok_success', 'card 0', 'later', 'manual'), pieces, fc.boolean())
  .chain(([means, asked, isSettled]) =>
    onOrder(`pay by ${means}, and edit to ${asked.join()}${isSettled ? ', settled' : ''}`, async (...all) => {
      await payBy(means, ...all);
      const [order, model, shop] = all;
      await editTo(order, asked, model, shop);
      if (isSettled) await payBy('tok_success', ...all);
    }),
  );

/** Money is held, all or a part and the rest. */
const holdMoney = fc
  .tuple(
    fc.constantFrom<Means>('later', 'later', 'held card 0', 'manual'),
    fc.option(part),
    fc.constantFrom<Means>('later', 'held card 0', 'tok_success'),
  )
  .chain(([means, amount, rest]) =>
    onOrder(`hold ${amount ?? 'all'} by ${means}, and the rest by ${rest}`, async (...all) => {
      await payBy(means, ...all, amount ?? undefined);
      if (amount) await payBy(rest, ...all);
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

async function decideOn({ payments }: ModelOrder, decision: 'confirmed' | 'refused', shop: Shop): Promise<void> {
  const open = payments.find((payment) => isOpen(payment) && payment.decided === null);
  if (!open) return;
  await shop.decide(open.id, decision);
  open.decided = decision === 'confirmed' ? 'captured' : 'failed';
}
const decide = fc
  .constantFrom('confirmed' as const, 'refused' as const)
  .chain((decision) => onOrder(decision, (order, _, shop) => decideOn(order, decision, shop)));

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
            ? model.void(order, payment)
            : model.refund(payment, amount);
      expect([operation, response.statusCode]).toEqual([
        operation,
        !isAllowed ? 409 : operation === 'refunds' ? 201 : 200,
      ]);
      expect((await shop.book(payment.id, operation, amount, key)).body).toBe(response.body);
    }),
  );

/** Onto the credit of the customer, all or an amount. */
const credit = fc.tuple(fc.option(fc.integer({ min: 1, max: 900 })), index).chain(([wanted, at]) =>
  onOrder(`credit ${wanted ?? 'all'} of ${at}`, async (order, model, shop) => {
    if (order.payments.length === 0) return;
    const payment = nth(order.payments.slice(-BUSY), at);
    const amount = wanted ?? undefined;
    const key = `model-${Math.random()}`;
    const response = await shop.book(payment.id, 'refunds', amount, key, 'store_credit');
    expectRefusal(response, model.credited(order, payment, amount), 201);
    expect((await shop.book(payment.id, 'refunds', amount, key, 'store_credit')).body).toBe(response.body);
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
      if (isFirst) model.settleClaimed(order!, payment);
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
async function tickOn(model: ShopModel, shop: Shop): Promise<void> {
  model.tick();
  await shop.tick();
}
const tick = fc.constant(new Command('tick', tickOn));
/** The money comes once the order has expired, and it is had again if all of it can be. */
const payLate = onOrder('pay late', async (order, model, shop) => {
  await payBy('tok_processing', order, model, shop);
  await tickOn(model, shop);
  await tickOn(model, shop);
  await decideOn(order, 'confirmed', shop);
  model.sweep();
  await shop.sweep();
});

describe(`the shop and its model (MODEL_SEED=${process.env.MODEL_SEED ?? 'of the clock'})`, () => {
  let app: TestApp;
  let staff: string;
  beforeAll(async () => {
    ({ app, staff } = await Shop.application());
    const rate = { name: 'Model tax', rate: String(TAX / 100), country: TAXED };
    const made = await app.post('/tax-rates', rate, { token: staff });
    expect([made.statusCode, made.body]).toEqual([201, made.body]);
  });
  afterAll(() => app.close());
  const includeTax = async (pricesIncludeTax: boolean) => {
    const answer = await app.patch('/tax-settings', { pricesIncludeTax }, { token: staff });
    expect([answer.statusCode, answer.body]).toEqual([200, answer.body]);
  };

  /** @param capturing The application whose shipping captures, unless it is the one where people do. */
  async function expectAgreement(
    commands: fc.Arbitrary<Command>[],
    runs: number,
    pieces: number,
    capturing?: TestApp,
  ): Promise<void> {
    process.stdout.write(`model test: MODEL_SEED=${SEED} MODEL_RUNS=${RUNS}\n`);
    const some = fc.commands(commands, { maxCommands: COMMANDS, size: 'max' });
    const property = fc.asyncProperty(some, fc.boolean(), async (chosen, isTaxIncluded) => {
      await includeTax(isTaxIncluded);
      const real = await Shop.open(capturing ?? app, staff, pieces);
      await fc.asyncModelRun(() => ({ model: new ShopModel(pieces, isTaxIncluded, Boolean(capturing)), real }), chosen);
    });
    await fc.assert(property, { numRuns: runs, seed: SEED, verbose: 1, unbiased: true });
    await expectInvariants(app);
  }
  const always = [cancel, hold, release, complete, book, book, credit, sweep, edit];

  it('agree after every command, whatever shoppers, staff, company and clock do', async () => {
    const carts = [beginCart, add, add, change, order, order];
    const paying = [
      pay,
      pay,
      pay,
      payPart,
      payInParts,
      payInParts,
      payLate,
      payLate,
      payAndEdit,
      payAndEdit,
      payAndEdit,
      decide,
      decide,
      decide,
      deliver,
      deliver,
    ];
    await expectAgreement(
      [place, place, ...carts, ...paying, ...always, hold, book, book, sweep, send, adjust, adjustCard, tick, tick],
      RUNS,
      5,
    );
  }, 600_000);

  it('agree after every command, whatever becomes of the goods', async () => {
    const paid = [placePaid, placePaid, placePaid, pay, payInParts, payAndEdit, edit, edit, edit];
    await expectAgreement([...paid, ...always, ...goods, complete, adjust, adjustCard], Math.ceil(RUNS / 2), 20);
  }, 600_000);

  it('agree after every command, where shipping takes the money', async () => {
    const capturing = await Shop.application({ CAPTURE_ON: 'shipping' });
    try {
      const held = [place, place, place, holdMoney, holdMoney, holdMoney, pay, payAndEdit, send, send, deliver, decide];
      const commands = [...held, ...always, ...goods, complete, adjust, adjustCard];
      await expectAgreement(commands, Math.ceil(RUNS / 2), 20, capturing.app);
    } finally {
      await capturing.app.close();
    }
  }, 600_000);
});
