import { setTimeout as sleep } from 'node:timers/promises';
import type { OrderResponseDto } from '../../orders/dto/order-response.dto.js';
import type { OrderLedgerResponseDto } from '../../orders/ledger/ledger.dto.js';
import type { ReturnResponseDto } from '../../orders/returns/return.dto.js';
import type { Expectation, Plan } from './expectation.js';
import type { ShopClient } from './shop-client.js';

type Line = OrderResponseDto['lines'][number];

/** The job that asks providers for promised refunds runs at once; its sweep, for what was missed, every minute. */
const REFUND_MS = 90_000;

/** What becomes of an order after it is paid: parcels, and what is sent back. */
export class AfterSales {
  constructor(
    private readonly shop: ShopClient,
    private readonly adminToken: string,
    private readonly run: string,
  ) {}

  /** Ships each parcel and lets it arrive. @param lineOf By stock code. */
  async send(order: OrderResponseDto, { parcels }: Plan, lineOf: (code: string) => Line): Promise<void> {
    for (const [index, parcel] of parcels.entries()) {
      const lines = [...parcel].map(([code, quantity]) => ({ lineId: lineOf(code).id, quantity }));
      const { id } = await this.post<{ id: string }>(
        `/orders/${order.id}/fulfilments`,
        { lines },
        `${order.id}-${index}`,
      );
      await this.post(`/fulfilments/${id}/ship`, { carrier: 'Simulated post' }, `${id}-ship`);
      await this.post(`/fulfilments/${id}/deliver`, {}, `${id}-deliver`);
    }
  }

  /** Takes back what the plan says, and waits for its refund. @returns minor units that have gone back. */
  async takeBack(order: OrderResponseDto, { returned }: Plan, lineOf: (code: string) => Line): Promise<number> {
    if (returned.size === 0) return 0;
    const lines = [...returned].map(([code, { sellable, damaged }]) => ({
      lineId: lineOf(code).id,
      quantity: sellable + damaged,
    }));
    const { id } = await this.post<{ id: string }>(`/orders/${order.id}/returns`, { lines }, `${order.id}-return`);
    await this.post(`/returns/${id}/approve`, {}, `${id}-approve`);
    const received = [...returned].flatMap(([code, counts]) =>
      (['sellable', 'damaged'] as const).flatMap((condition) =>
        counts[condition] > 0 ? [{ lineId: lineOf(code).id, condition, quantity: counts[condition] }] : [],
      ),
    );
    await this.post(`/returns/${id}/receive`, { lines: received }, `${id}-receive`);
    for (const deadline = Date.now() + REFUND_MS; ; await sleep(200)) {
      const { refunds } = await this.shop.get<ReturnResponseDto>(`/returns/${id}`, this.adminToken);
      const isMade = refunds.every(({ status }) => status === 'succeeded');
      if (isMade || Date.now() > deadline)
        return refunds.reduce((sum, { status, amount }) => sum + (status === 'succeeded' ? amount.amount : 0), 0);
    }
  }

  /** What the ledger of the shop says of an order against what it should. @returns what is wrong. */
  async audit(order: OrderResponseDto, { total, tax, refund }: Expectation): Promise<string[]> {
    const { data } = await this.shop.get<OrderLedgerResponseDto>(`/orders/${order.id}/ledger`, this.adminToken);
    const balances = new Map<string, number>();
    for (const { account, debit, credit } of data.flatMap(({ entries }) => entries))
      balances.set(account, (balances.get(account) ?? 0) + (debit?.amount ?? 0) - (credit?.amount ?? 0));
    const sum = [...balances.values()].reduce((left, right) => left + right, 0);
    const found: [string, number, number][] = [
      ['in all', sum, 0],
      ['receivable', balances.get('receivable') ?? 0, 0],
      ['cash:fake', balances.get('cash:fake') ?? 0, total - refund],
      ...(refund === 0 ? [['tax_payable', balances.get('tax_payable') ?? 0, -tax] as [string, number, number]] : []),
    ];
    return found
      .filter(([, is, should]) => is !== should)
      .map(([account, is, should]) => `the ledger of ${order.number} says ${is} and not ${should} of ${account}`);
  }

  private post<Body>(path: string, body: object, key: string): Promise<Body> {
    return this.shop.expect<Body>({
      method: 'POST',
      path,
      body,
      token: this.adminToken,
      key: `simulate-${this.run}-${key}`,
    });
  }
}
