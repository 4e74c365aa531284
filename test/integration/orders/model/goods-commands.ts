import fc from 'fast-check';
import { BUSY, Command, expectRefusal, index, nth, onOrder } from './command.js';
import type { Shop } from './shop.js';
import {
  CARDS,
  minus,
  type ModelFulfilment,
  type ModelOrder,
  type ModelReturn,
  PRICES,
  returnedOf,
  shippedOf,
  type ShopModel,
} from './shop-model.js';

const idOf = (response: { json: <Body>() => Body }): string => response.json<{ id: string }>().id;

/** Some pieces by variant, at least one, of those that there may be; of what was ordered where there are none, so that it is refused. */
function piecesOf(order: ModelOrder, limits: readonly number[], asked: readonly number[]): number[] {
  const most = limits.some((count) => count > 0) ? limits : order.pieces;
  const some = most.map((count, variant) => (count > 0 ? asked[variant]! % (count + 1) : 0));
  return some.some((count) => count > 0) ? some : most.map((count) => (count > 0 ? 1 : 0));
}
const unshipped = (order: ModelOrder): number[] => minus(order.pieces, shippedOf(order));
const unreturned = (order: ModelOrder): number[] => minus(shippedOf(order), returnedOf(order));
const amounts = fc.array(fc.nat(3), { minLength: PRICES.length, maxLength: PRICES.length });

async function fulfilBy(order: ModelOrder, asked: readonly number[] | null, model: ShopModel, shop: Shop) {
  const expected = model.fulfil(order, asked);
  const response = await shop.fulfil(order, asked);
  expectRefusal(response, typeof expected === 'string' ? expected : null, 201);
  if (typeof expected === 'string') return null;
  const fulfilment = { ...expected, id: idOf(response) };
  order.fulfilments.push(fulfilment);
  return fulfilment;
}

async function ship(order: ModelOrder, fulfilment: ModelFulfilment, model: ShopModel, shop: Shop): Promise<void> {
  expectRefusal(await shop.advance(fulfilment.id, 'ship'), model.ship(order, fulfilment));
}

async function deliver(fulfilment: ModelFulfilment, model: ShopModel, shop: Shop): Promise<void> {
  expectRefusal(await shop.advance(fulfilment.id, 'deliver'), model.advance(fulfilment, 'shipped', 'delivered'));
}

const fulfil = fc.option(amounts).chain((asked) =>
  onOrder(`fulfil ${asked?.join() ?? 'all'}`, async (order, model, shop) => {
    await fulfilBy(order, asked && piecesOf(order, unshipped(order), asked), model, shop);
  }),
);
const move = fc
  .tuple(fc.constantFrom('ship' as const, 'ship' as const, 'deliver' as const, 'cancel' as const), index)
  .chain(([what, at]) =>
    onOrder(`${what} ${at}`, async (order, model, shop) => {
      if (order.fulfilments.length === 0) return;
      const fulfilment = nth(order.fulfilments.slice(-BUSY), at);
      if (what === 'ship') return ship(order, fulfilment, model, shop);
      if (what === 'deliver') return deliver(fulfilment, model, shop);
      expectRefusal(await shop.advance(fulfilment.id, 'cancel'), model.advance(fulfilment, 'pending', 'cancelled'));
    }),
  );
/** The usual way, which chance alone would seldom find to its end. */
export const send = fc.tuple(fc.option(amounts), fc.boolean()).chain(([asked, isDelivered]) =>
  onOrder(`send ${asked?.join() ?? 'all'}${isDelivered ? ', delivered' : ''}`, async (order, model, shop) => {
    const fulfilment = await fulfilBy(order, asked && piecesOf(order, unshipped(order), asked), model, shop);
    if (!fulfilment) return;
    await ship(order, fulfilment, model, shop);
    if (isDelivered) await deliver(fulfilment, model, shop);
  }),
);

async function requestReturn(order: ModelOrder, asked: readonly number[], model: ShopModel, shop: Shop) {
  const pieces = piecesOf(order, unreturned(order), asked);
  const expected = model.requestReturn(order, pieces);
  const response = await shop.requestReturn(order, pieces);
  expectRefusal(response, typeof expected === 'string' ? expected : null, 201);
  if (typeof expected === 'string') return null;
  const one = { ...expected, id: idOf(response) };
  order.returns.push(one);
  return one;
}

const STATES = { approve: 'approved', reject: 'rejected', cancel: 'cancelled' } as const;
type Decision = keyof typeof STATES;
async function decide(order: ModelOrder, one: ModelReturn, decision: Decision, model: ShopModel, shop: Shop) {
  expectRefusal(await shop.decideReturn(order, one.id, decision), model.decideReturn(one, STATES[decision]));
}

/** Of each variant some are sellable and some damaged; the rest has not come. */
async function receiveBack(
  order: ModelOrder,
  one: ModelReturn,
  [sound, broken]: readonly [readonly number[], readonly number[]],
  isRefunded: boolean,
  model: ShopModel,
  shop: Shop,
): Promise<void> {
  const sellable = one.pieces.map((count, variant) => sound[variant]! % (count + 1));
  const damaged = one.pieces.map((count, variant) => broken[variant]! % (count - sellable[variant]! + 1));
  const key = `model-${Math.random()}`;
  const response = await shop.receive(order, one.id, { sellable, damaged }, isRefunded, key);
  expectRefusal(response, model.receive(order, one, { sellable, damaged }, isRefunded));
  // The same request once more changes nothing (I1).
  expect((await shop.receive(order, one.id, { sellable, damaged }, isRefunded, key)).body).toBe(response.body);
}

const askBack = amounts.chain((asked) =>
  onOrder(
    `return ${asked.join()}`,
    async (order, model, shop) => void (await requestReturn(order, asked, model, shop)),
  ),
);
const onReturn = (name: string, act: (order: ModelOrder, one: ModelReturn, model: ShopModel, shop: Shop) => unknown) =>
  index.chain((at) =>
    onOrder(`${name} ${at}`, async (order, model, shop) => {
      if (order.returns.length > 0) await act(order, nth(order.returns.slice(-BUSY), at), model, shop);
    }),
  );
const decideOn = fc
  .constantFrom<Decision>('approve', 'approve', 'reject', 'cancel')
  .chain((decision) => onReturn(decision, (order, one, model, shop) => decide(order, one, decision, model, shop)));
const receive = fc
  .tuple(fc.tuple(amounts, amounts), fc.boolean())
  .chain(([back, isRefunded]) =>
    onReturn(`receive ${back.join(' and ')}${isRefunded ? ', refunded' : ''}`, (order, one, model, shop) =>
      receiveBack(order, one, back, isRefunded, model, shop),
    ),
  );
const refund = onReturn('refund return', async (_order, one, model, shop) => {
  const key = `model-${Math.random()}`;
  const response = await shop.refundReturn(one.id, key);
  expectRefusal(response, model.refundReturn(_order, one));
  expect((await shop.refundReturn(one.id, key)).body).toBe(response.body);
});
/** The usual way again. */
const sendBack = fc.tuple(amounts, fc.tuple(amounts, amounts), fc.boolean()).chain(([asked, back, isRefunded]) =>
  onOrder(`send back ${asked.join()}`, async (order, model, shop) => {
    const one = await requestReturn(order, asked, model, shop);
    if (!one) return;
    await decide(order, one, 'approve', model, shop);
    await receiveBack(order, one, back, isRefunded, model, shop);
  }),
);

/** More or fewer of what is there, and lines that are added, as staff propose and confirm them. */
export async function editTo(order: ModelOrder, asked: readonly number[], model: ShopModel, shop: Shop): Promise<void> {
  const wanted = asked.map((count, variant) => (order.pieces[variant]! > 0 ? Math.max(count, 1) : count));
  const refusal = model.edit(order, wanted);
  const proposed = await shop.proposeEditTo(order, wanted);
  const isProposed = proposed.statusCode === 201;
  // What is missing is told, and refused only once it is to be held.
  expect(isProposed).toBe(refusal === null || refusal === 'product.insufficient_stock');
  expectRefusal(isProposed ? await shop.confirmEdit(idOf(proposed)) : proposed, refusal);
  if (refusal === null) expectRefusal(await shop.confirmEdit(idOf(proposed)), 'order_edit.invalid_transition');
}
export const edit = amounts.chain((asked) =>
  onOrder(`edit to ${asked.join()}`, (order, model, shop) => editTo(order, asked, model, shop)),
);

/** What becomes of goods after they are paid. */
export const goods = [
  fulfil,
  move,
  move,
  send,
  send,
  send,
  askBack,
  decideOn,
  decideOn,
  receive,
  receive,
  refund,
  sendBack,
  sendBack,
];

export const complete = onOrder('complete', async (order, model, shop) => {
  expectRefusal(await shop.move(order, 'complete'), model.complete(order));
});

export const adjustCard = fc.tuple(fc.nat(CARDS.length - 1), fc.integer({ min: -900, max: 900 })).map(
  ([card, wanted]) =>
    new Command(
      `adjust card ${card} by ${wanted || 1}`,
      async (model, shop) => {
        const delta = wanted || 1;
        const isAllowed = model.adjustCard(card, delta);
        expectRefusal(await shop.adjustCard(card, delta), isAllowed ? null : 'gift_card.insufficient_balance');
      },
      null,
    ),
);
