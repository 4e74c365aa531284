import fc from 'fast-check';
import type { Response } from 'light-my-request';
import type { Shop } from './shop.js';
import { deliveredOf, type ModelOrder, returnedOf, shippedOf, type ShopModel } from './shop-model.js';

/** The latest orders get all that happens: of many, each would see little. */
export const BUSY = 2;

type Act = (model: ShopModel, shop: Shop) => Promise<void>;

/** A command of the model test: does the same to the model and to the shop, and compares all that either knows. */
export class Command implements fc.AsyncCommand<ShopModel, Shop> {
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
      fulfilmentStatus: model.fulfilmentStatusOf(order),
      returnStatus: model.returnStatusOf(order),
      total: order.total,
      discount: order.lines.reduce((sum, variant) => sum + order.amounts[variant]!.discount, 0),
      tax: order.lines.reduce((sum, variant) => sum + order.amounts[variant]!.tax, 0),
      lines: order.lines.map((variant) =>
        [order.pieces, shippedOf(order), deliveredOf(order), returnedOf(order)].map((pieces) => pieces[variant]),
      ),
      fulfilments: order.fulfilments.map(({ status }) => status),
      returns: order.returns.map(({ status }) => status),
      payments: order.payments.map((payment) => [
        payment.status,
        payment.amount,
        ['failed', 'voided', 'expired'].includes(payment.status) ? 0 : payment.authorised,
        payment.captured,
        payment.claimed,
        payment.refunded,
        payment.pending,
        payment.excess,
      ]),
    })),
    cards: model.cards,
    credit: model.credit.balance,
    used: [model.used, model.used],
    stock: model.stock,
  };
}

const STATUS: Readonly<Record<string, number>> = {
  'payment.invalid_amount': 422,
  'cart.line_not_found': 404,
  'store_credit.no_account': 422,
};
export const expectRefusal = (response: Response, code: string | null, success = 200): void => {
  const found = response.statusCode === 204 ? undefined : response.json<{ code?: string }>().code;
  if (response.statusCode === 400) throw new Error(response.body);
  expect([response.statusCode, found]).toEqual(code === null ? [success, undefined] : [STATUS[code] ?? 409, code]);
};

export const nth = <Item>(items: readonly Item[], index: number): Item => items[index % items.length]!;
export const index = fc.nat(1_000);
export const onOrder = (name: string, act: (order: ModelOrder, model: ShopModel, shop: Shop) => Promise<void>) =>
  index.map(
    (at) => new Command(`${name}(${at})`, (model, shop) => act(nth(model.orders.slice(-BUSY), at), model, shop)),
  );
