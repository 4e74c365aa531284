import { setTimeout as delay } from 'node:timers/promises';
import type { Response } from 'light-my-request';
import type { CreatedCartResponseDto } from '../../../../src/orders/carts/dto/cart-response.dto.js';
import type { PlacedOrderResponseDto } from '../../../../src/orders/dto/order-response.dto.js';
import { expectInvariants } from '../../../support/invariants.js';
import type { TestApp } from '../../../support/test-app.js';
import { type Placed, Shop } from './shop.js';
import { EACH, PRICES } from './shop-model.js';

const SEED = Number(process.env.MODEL_SEED ?? Date.now() % 2 ** 31);
/** How much more than usual is tried. */
const SCALE = Number(process.env.MODEL_RUNS ?? 25) / 25;
const REQUESTS = 240;
const MEANS = [
  'tok_success',
  'tok_success',
  'tok_success',
  'tok_decline',
  'tok_action',
  'tok_processing',
  'manual',
  'later',
  'card 0',
  'card 1',
  'held card 0',
] as const;
/** Of two lines it came back whole, of one broken. */
const BACK = { sellable: [1, 0, 1], damaged: [0, 1, 0] };
const ANSWERS = [200, 201, 204, 409];

/** Numbers from 0 to below `limit` that follow from a seed. */
function chanceOf(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

describe('the commands of the model from many clients at once', () => {
  let app: TestApp;
  let staff: string;
  beforeAll(async () => {
    ({ app, staff } = await Shop.application());
  });
  afterAll(() => app.close());

  it.each([8, 32])(
    'break no invariant with %i clients',
    async (clients) => {
      process.stdout.write(`${clients} clients: MODEL_SEED=${SEED}\n`);
      const shop = await Shop.open(app, staff, 20);
      const carts: Placed[] = [];
      const orders: Placed[] = [];
      /** Those without a cart: what was in a cart is compared with its order, so these alone are edited. */
      const direct: Placed[] = [];
      const payments: string[] = [];
      const fulfilments: string[] = [];
      const returns: { id: string; order: Placed }[] = [];
      const seen = new Map<string, number>();

      const note = (name: string, response: Response, alsoAllowed?: number): Response => {
        if (![...ANSWERS, alsoAllowed].includes(response.statusCode))
          throw new Error(`${name}: ${response.statusCode} ${response.body}`);
        const outcome = `${name} ${response.statusCode}`;
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
        return response;
      };
      /** As clients do whose twin takes longer than two seconds, which it may on a busy machine. */
      const patiently = async (request: () => Promise<Response>): Promise<Response> => {
        for (;;) {
          const response = await request();
          if (response.json<{ code?: string }>().code !== 'request.in_progress') return response;
          await delay(100);
        }
      };
      const place = async (chance: ReturnType<typeof chanceOf>): Promise<void> => {
        const key = `parallel-${SEED}-${clients}-${chance(2 ** 30)}`;
        const pieces = PRICES.map((_, variant) => chance(3) + (variant === 0 ? 1 : 0));
        const [first, ...others] = await Promise.all(
          Array.from({ length: 1 + chance(3) }, () => patiently(() => shop.place(pieces, key))),
        );
        for (const other of others) expect(other.body).toBe(first!.body);
        if (note('place', first!).statusCode !== 201) return;
        const { id, orderToken } = first!.json<PlacedOrderResponseDto>();
        direct.push({ id, token: orderToken! });
        orders.push(direct.at(-1)!);
      };
      const pay = async (order: Placed, means: (typeof MEANS)[number], part?: number): Promise<void> => {
        // A part may be more than others have left to be paid.
        const response = note(`pay ${part ? 'a part' : means}`, await shop.pay(order, means, part), part && 422);
        if (response.statusCode === 201) payments.push(response.json<{ id: string }>().id);
      };
      const begin = async (): Promise<void> => {
        const { id, cartToken } = note('begin', await shop.beginCart()).json<CreatedCartResponseDto>();
        carts.push({ id, token: cartToken! });
      };
      const add = async (cart: Placed, variant: number, quantity: number) =>
        note('add', await shop.add(cart, variant, quantity));
      const change = async (cart: Placed, variant: number, quantity: number) =>
        note('change', await shop.change(cart, variant, quantity), 404);
      /** Each send has a key of its own, so that the cart alone keeps it from being ordered twice. */
      const orderCart = async (cart: Placed, sends: number, means?: string): Promise<void> => {
        const answers = await Promise.all(Array.from({ length: sends }, () => shop.order(cart, means)));
        for (const answer of answers) {
          if (note('order', answer).statusCode !== 201) continue;
          const { id, orderToken, payments: made } = answer.json<PlacedOrderResponseDto>();
          orders.push({ id, token: orderToken! });
          payments.push(...made.map((payment) => payment.id));
        }
      };

      const fulfil = async (order: Placed, pieces: readonly number[] | null): Promise<void> => {
        const response = note('fulfil', await shop.fulfil(order, pieces));
        if (response.statusCode === 201) fulfilments.push(response.json<{ id: string }>().id);
      };
      const advance = async (fulfilmentId: string, move: string) => note(move, await shop.advance(fulfilmentId, move));
      /** The same parcel leaves from two desks. */
      const send = async (fulfilmentId: string) =>
        Promise.all([advance(fulfilmentId, 'ship'), advance(fulfilmentId, 'ship')]).then(() =>
          advance(fulfilmentId, 'deliver'),
        );
      const askBack = async (order: Placed): Promise<void> => {
        const response = note('return', await shop.requestReturn(order, EACH));
        if (response.statusCode === 201) returns.push({ id: response.json<{ id: string }>().id, order });
      };
      const decide = async ({ id, order }: { id: string; order: Placed }, decision: string) =>
        note(decision, await shop.decideReturn(order, id, decision));
      const receive = async ({ id, order }: { id: string; order: Placed }, refund: boolean) =>
        note('receive', await shop.receive(order, id, BACK, refund));
      /** Who proposes it, and a colleague, confirm at once. */
      const edit = async (order: Placed, quantity: number): Promise<void> => {
        const response = note('edit', await shop.proposeEdit(order, quantity), 422);
        if (response.statusCode !== 201) return;
        const { id } = response.json<{ id: string }>();
        for (const answer of await Promise.all([shop.confirmEdit(id), shop.confirmEdit(id)]))
          note('confirm edit', answer);
      };
      const refundReturn = async ({ id }: { id: string }) => note('refund return', await shop.refundReturn(id));

      /** One client: each request is answered by success or a refusal that is a rule. */
      const client = async (chance: ReturnType<typeof chanceOf>): Promise<void> => {
        const pick = <Item>(items: readonly Item[]): Item => items[chance(items.length)]!;
        // Mostly what others are busy with as well.
        const recent = <Item>(items: readonly Item[]): Item => pick(items.slice(-6));
        const order = () => place(chance);
        const settle = () => pay(recent(orders), pick(MEANS));
        const piece = (): [number, number] => [chance(PRICES.length), 1 + chance(3)];
        const fill = (cart = recent(carts)) =>
          Promise.all(Array.from({ length: 1 + chance(3) }, () => add(cart, ...piece())));
        /** Another tab still puts something in. */
        const checkout = (cart = recent(carts)) =>
          Promise.all([orderCart(cart, 1 + chance(3), pick([undefined, 'tok_success'])), fill(cart)]);
        const acts: (() => Promise<unknown>)[] = [
          order,
          order,
          order,
          settle,
          settle,
          () => pay(recent(orders), pick(MEANS), pick([1, 500, 2_000])),
          begin,
          () => fill(),
          () => fill(),
          () => change(recent(carts), chance(PRICES.length), chance(4)),
          () => checkout(),
          () => checkout(),
          async () => note('cancel', await shop.cancel(recent(orders))),
          async () => note('hold', await shop.move(recent(orders), 'hold')),
          async () => note('release', await shop.move(recent(orders), 'release')),
          async () =>
            payments.length > 0 &&
            note('capture', await shop.book(recent(payments), 'capture', pick([undefined, 1, 250]))),
          async () =>
            payments.length > 0 &&
            note('refund', await shop.book(recent(payments), 'refunds', pick([undefined, 1, 250]))),
          async () => shop.mailbag.length > 0 && expect((await shop.deliver(recent(shop.mailbag))).status).toBe(200),
          async () => payments.length > 0 && note('void', await shop.book(recent(payments), 'void')),
          async () => payments.length > 0 && shop.decide(recent(payments), pick(['confirmed', 'confirmed', 'refused'])),
          async () => note('adjust', await shop.adjust(chance(PRICES.length), pick([-2, -1, 1, 2, 4]))),
          () => fulfil(recent(orders), pick([null, EACH])),
          () => fulfil(recent(orders), pick([null, EACH])),
          async () => fulfilments.length > 0 && advance(recent(fulfilments), pick(['ship', 'deliver', 'cancel'])),
          async () => fulfilments.length > 0 && send(recent(fulfilments)),
          () => Promise.all([askBack(recent(orders)), askBack(recent(orders))]),
          async () => returns.length > 0 && decide(recent(returns), pick(['approve', 'approve', 'reject', 'cancel'])),
          async () => {
            if (returns.length === 0) return;
            const one = recent(returns);
            await Promise.all([receive(one, pick([true, false])), receive(one, true), refundReturn(one)]);
          },
          () => edit(recent(direct), 1 + chance(3)),
          async () => note('complete', await shop.move(recent(orders), 'complete')),
          async () => note('adjust card', await shop.adjustCard(chance(2), pick([-300, 400, 900]))),
          () => shop.sweep(),
          () => (chance(8) === 0 ? shop.tick() : order()),
        ];
        for (let count = 0; count < (REQUESTS * SCALE) / clients; count++) await pick(acts)();
      };

      // Once alone, so that what is asserted of it afterwards does not depend on who was first.
      const alone = chanceOf(SEED);
      await place(alone);
      await pay(orders[0]!, 'tok_success');
      await place(alone);
      note('cancel', await shop.cancel(orders[1]!));
      note('adjust', await shop.adjust(0, 4));
      await place(alone);
      await pay(orders[2]!, 'tok_success', 1);
      await place(alone);
      await pay(orders[3]!, 'card 0');
      await pay(orders[3]!, 'tok_success');
      await edit(orders[3]!, 4);
      await edit(orders[3]!, 1);
      await fulfil(orders[3]!, EACH);
      await send(fulfilments[0]!);
      await askBack(orders[3]!);
      await decide(returns[0]!, 'approve');
      await Promise.all([receive(returns[0]!, true), receive(returns[0]!, true)]);
      await begin();
      await add(carts[0]!, 1, 1);
      await change(carts[0]!, 1, 2);
      await orderCart(carts[0]!, 3);
      await begin();
      await Promise.all(Array.from({ length: clients }, (_, number) => client(chanceOf(SEED + number + 1))));
      await expectInvariants(app);
      // All clients are gone; what they have left is brought to its end.
      await shop.tick();
      await shop.tick();
      await shop.sweep();
      await shop.sweep();
      await expectInvariants(app);
      const [left] = await app.database.query<{ waiting: number; owed: number; placed: number }>(
        `SELECT count(*) FILTER (WHERE o.status = 'pending_payment')::int AS waiting, count(*)::int AS placed,
         (SELECT count(*)::int FROM refunds WHERE order_id = ANY ($1) AND status = 'pending') AS owed
       FROM orders o WHERE o.id = ANY ($1)`,
        [orders.map(({ id }) => id)],
      );
      expect(left).toEqual({ waiting: 0, owed: 0, placed: orders.length });
      // An ordered cart is one order, of just what was in it.
      const broken = await app.database.query(
        `SELECT c.id FROM carts c WHERE c.id = ANY ($1) AND (
           (c.status = 'ordered') <> ((SELECT count(*) FROM orders o WHERE o.cart_id = c.id) = 1)
           OR c.status = 'ordered' AND (SELECT jsonb_object_agg(l.variant_id, l.quantity) FROM cart_lines l WHERE l.cart_id = c.id)
             IS DISTINCT FROM (SELECT jsonb_object_agg(l.variant_id, l.quantity)
               FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.cart_id = c.id))`,
        [carts.map(({ id }) => id)],
      );
      expect(broken).toEqual([]);
      for (const outcome of [
        'place 201',
        'pay tok_success 201',
        'pay a part 201',
        'begin 201',
        'add 201',
        'change 200',
        'order 201',
        'order 409',
        'cancel 200',
        'adjust 201',
        'pay card 0 201',
        'edit 201',
        'confirm edit 200',
        'confirm edit 409',
        'fulfil 201',
        'ship 200',
        'ship 409',
        'deliver 200',
        'return 201',
        'approve 200',
        'receive 200',
        'receive 409',
      ])
        expect([outcome, seen.has(outcome)]).toEqual([outcome, true]);
    },
    600_000,
  );
});
