import { newId } from '../../../src/common/ids.js';
import { VerificationService } from '../../../src/orders/verification/verification.service.js';
import { createOrder, guestOf } from '../../factories/order.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { TestApp } from '../../support/test-app.js';

describe('verification of the books', () => {
  let app: TestApp;
  beforeAll(async () => (app = await TestApp.start()));
  afterAll(() => app.close());

  const verify = async (since: string) => {
    const results = await app.app.get(VerificationService).verify(since);
    return results.filter(({ breaches }) => breaches.length > 0).map(({ id }) => id);
  };

  it('finds nothing wrong with orders that are unpaid, paid, cancelled and being refunded', async () => {
    const orders = await Promise.all([
      createOrder(app),
      createOrder(app, { payment: { provider: 'fake', token: 'tok_success' } }),
      createOrder(app, { payment: { provider: 'fake', token: 'tok_decline' } }),
      createOrder(app, { payment: { provider: 'fake', token: 'tok_success' } }),
    ]);
    await app.post(`/orders/${orders[3].id}/cancel`, {}, guestOf(orders[3]));
    await expectInvariants(app);
  });

  const paid = { payment: { provider: 'fake' as const, token: 'tok_success' } };
  it.each<[string, string, object]>([
    ['S2a', `UPDATE stock SET on_hand = on_hand + 1 WHERE variant_id = $2`, {}],
    ['S2b', `UPDATE stock SET reserved = reserved + 1 WHERE variant_id = $2`, {}],
    ['S3', `UPDATE reservations SET status = 'released' WHERE order_id = $1`, {}],
    ['S5', `UPDATE orders SET status = 'expired' WHERE id = $1`, {}],
    ['M1b', `UPDATE payments SET refunded_amount = 1 WHERE order_id = $1`, paid],
    ['M2', `UPDATE orders SET subtotal_amount = 1, total_amount = 1 WHERE id = $1`, paid],
    [
      'M3',
      `UPDATE orders SET subtotal_amount = subtotal_amount + 1, total_amount = total_amount + 1 WHERE id = $1`,
      {},
    ],
    ['T1', `UPDATE orders SET version = version + 1 WHERE id = $1`, {}],
    ['T2', `UPDATE orders SET payment_status = 'paid' WHERE id = $1`, {}],
    ['T3', `UPDATE orders SET status = 'cancelled' WHERE id = $1`, paid],
  ])('names %s after: %s', async (rule, damage, options) => {
    const since = newId();
    const order = await createOrder(app, options);
    await expect(
      app.database.run(async () => {
        await app.database.execute(`${damage} AND $1::uuid IS NOT NULL AND $2::uuid IS NOT NULL`, [
          order.id,
          order.lines[0]!.variantId,
        ]);
        expect(await verify(since)).toContain(rule);
        throw new Error('roll the damage back');
      }),
    ).rejects.toThrow('roll the damage back');
    expect(await verify(since)).toEqual([]);
  });
});
