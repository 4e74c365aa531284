import { Logger } from '@nestjs/common';
import { newId } from '../../../src/common/ids.js';
import { VerificationRepository } from '../../../src/orders/verification/verification.repository.js';
import { VERIFIED_RULES } from '../../../src/orders/verification/verified-rules.js';
import { VerificationService } from '../../../src/orders/verification/verification.service.js';
import { createGiftCard } from '../../factories/gift-card.factory.js';
import { createOrder, guestOf } from '../../factories/order.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { TestApp } from '../../support/test-app.js';

/** Puts pieces of the only line of an order into a parcel that waits. */
const inParcel = (pieces: number): string => `parcel AS (
     INSERT INTO fulfilments (id, order_id, location_id) SELECT gen_random_uuid(), $1::uuid, id FROM locations LIMIT 1 RETURNING id)
   INSERT INTO fulfilment_lines (fulfilment_id, order_line_id, quantity)
   SELECT parcel.id, l.id, ${pieces} FROM parcel, order_lines l WHERE l.order_id = $1`;

describe('verification of the books', () => {
  let app: TestApp;
  beforeAll(async () => (app = await TestApp.start()));
  afterAll(() => app.close());

  const verify = async (since: string) => {
    const results = await app.app.get(VerificationService).verify(since);
    return results.filter(({ breaches }) => breaches.length > 0).map(({ id }) => id);
  };

  /** Paid with a gift card of its own. */
  const byCard = {};
  const ofThisOrder = `key IN (SELECT provider_key FROM payments WHERE order_id = $1)`;
  const paid = { payment: { provider: 'fake' as const, token: 'tok_success' } };
  it('finds nothing wrong with orders that are unpaid, paid, cancelled and being refunded', async () => {
    const orders = await Promise.all([
      createOrder(app),
      createOrder(app, { payment: { provider: 'fake', token: 'tok_success' } }),
      createOrder(app, { payment: { provider: 'fake', token: 'tok_decline' } }),
      createOrder(app, { payment: { provider: 'fake', token: 'tok_success' } }),
    ]);
    await app.post(`/orders/${orders[3].id}/cancel`, {}, guestOf(orders[3]));
    const part = { ...paid.payment, amount: { amount: 500, currency: 'EUR' } };
    await app.post(`/orders/${orders[0].id}/payments`, part, { key: true, ...guestOf(orders[0]) });
    await expectInvariants(app);
  });

  it.each<[string, string, object]>([
    ['S2a', `UPDATE stock SET on_hand = on_hand + 1 WHERE variant_id = $2`, {}],
    ['S2b', `UPDATE stock SET reserved = reserved + 1 WHERE variant_id = $2`, {}],
    ['S3', `UPDATE reservations SET status = 'released' WHERE order_id = $1`, {}],
    ['S4a', `UPDATE order_lines SET fulfilled_quantity = 1 WHERE order_id = $1`, paid],
    ['S4b', `WITH ${inParcel(2)}`, paid],
    ['S4c', `UPDATE reservations SET shipped_quantity = 1 WHERE order_id = $1`, paid],
    ['S5', `UPDATE orders SET status = 'expired' WHERE id = $1`, {}],
    [
      'S5',
      `WITH ended AS (UPDATE orders SET status = 'cancelled' WHERE id = $1), freed AS (
         UPDATE reservations SET status = 'released' WHERE order_id = $1), ${inParcel(1)}`,
      paid,
    ],
    ['M1b', `UPDATE payments SET refunded_amount = 1 WHERE order_id = $1`, paid],
    [
      'M1c',
      `UPDATE payments SET amount = amount + 1, authorised_amount = authorised_amount + 1, claimed_amount = 1 WHERE order_id = $1`,
      paid,
    ],
    [
      'M1d',
      `INSERT INTO payment_operations (id, payment_id, kind, currency, amount, status, created_at)
       SELECT gen_random_uuid(), id, 'capture', currency, amount + 1, 'succeeded', now() FROM payments WHERE order_id = $1`,
      paid,
    ],
    [
      'M1e',
      `WITH refund AS (
         INSERT INTO refunds (id, payment_id, order_id, currency, amount, reason, created_at)
         SELECT gen_random_uuid(), id, order_id, currency, 1, 'other', now() FROM payments WHERE order_id = $1 RETURNING id, order_id)
       INSERT INTO refund_lines SELECT refund.id, l.id, l.quantity + 1, 1 FROM refund, order_lines l WHERE l.order_id = $1`,
      paid,
    ],
    [
      'I2',
      `INSERT INTO payment_webhooks (id, provider, event_id, received_at)
       SELECT id, 'fake', id::text, now() - interval '61 minutes' FROM payments WHERE order_id = $1`,
      paid,
    ],
    [
      'M8a',
      `WITH refund AS (
         INSERT INTO refunds (id, payment_id, order_id, currency, amount, reason, created_at)
         SELECT gen_random_uuid(), id, order_id, currency, 1, 'other', now() FROM payments WHERE order_id = $1 RETURNING id, order_id)
       INSERT INTO refund_lines SELECT refund.id, l.id, 1, 1, 1, 0 FROM refund, order_lines l WHERE l.order_id = $1`,
      paid,
    ],
    [
      'M8b',
      `INSERT INTO refunds (id, payment_id, order_id, currency, amount, shipping_amount, reason, created_at)
       SELECT gen_random_uuid(), id, order_id, currency, 1, 1, 'other', now() FROM payments WHERE order_id = $1`,
      paid,
    ],
    [
      'S4',
      `UPDATE order_lines SET fulfilled_quantity = quantity, returned_quantity = quantity WHERE order_id = $1`,
      {},
    ],
    ['M2', `UPDATE orders SET subtotal_amount = 1, total_amount = 1 WHERE id = $1`, paid],
    [
      'M3',
      `UPDATE orders SET subtotal_amount = subtotal_amount + 1, total_amount = total_amount + 1 WHERE id = $1`,
      {},
    ],
    ['M3', `DELETE FROM order_lines WHERE order_id = $1`, {}],
    ['T1', `UPDATE orders SET version = version + 1 WHERE id = $1`, {}],
    ['T2', `UPDATE orders SET payment_status = 'paid' WHERE id = $1`, {}],
    ['T2b', `UPDATE orders SET fulfilment_status = 'fulfilled' WHERE id = $1`, {}],
    ['T2b', `UPDATE order_lines SET fulfilled_quantity = quantity WHERE order_id = $1`, {}],
    ['T2c', `UPDATE orders SET return_status = 'requested' WHERE id = $1`, {}],
    ['T3', `UPDATE orders SET status = 'cancelled' WHERE id = $1`, paid],
    ['T3', `UPDATE orders SET status = 'pending_payment' WHERE id = $1`, paid],
    [
      'M10a',
      `UPDATE credit_accounts SET balance_amount = balance_amount + 1
       WHERE id IN (SELECT account_id FROM credit_charges WHERE ${ofThisOrder})`,
      byCard,
    ],
    [
      'M10b',
      `UPDATE credit_charges SET authorised_amount = authorised_amount - 1, captured_amount = captured_amount - 1 WHERE ${ofThisOrder}`,
      byCard,
    ],
    ['M10c', `UPDATE credit_charges SET captured_amount = captured_amount - 1 WHERE ${ofThisOrder}`, byCard],
  ])('names %s after: %s', async (rule, damage, options) => {
    const since = newId();
    const order = await createOrder(
      app,
      options === byCard ? { giftCards: [(await createGiftCard(app)).code] } : options,
    );
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

  it.each([
    ['S1', 'stock', 'stock_reserved_on_hand_check', `UPDATE stock SET reserved = on_hand + 1 WHERE variant_id = $2`],
    [
      'M1a',
      'payments',
      'payments_amounts_check',
      `UPDATE payments SET refunded_amount = captured_amount + 1 WHERE order_id = $1`,
    ],
  ])('names %s should the database let it through', async (rule, table, constraint, damage) => {
    const since = newId();
    const order = await createOrder(app, paid);
    await app.database.rehearse(async () => {
      await app.database.execute(`ALTER TABLE ${table} DROP CONSTRAINT ${constraint}`);
      await app.database.execute(`${damage} AND $1::uuid IS NOT NULL AND $2::uuid IS NOT NULL`, [
        order.id,
        order.lines[0]!.variantId,
      ]);
      expect(await verify(since)).toContain(rule);
    });
    expect(await verify(since)).toEqual([]);
  });

  it('cannot write while it looks', async () => {
    const repository = app.app.get(VerificationRepository, { strict: false });
    const rule = {
      id: 'X',
      title: 'a rule that writes',
      sql: `SELECT nextval('order_number_seq') WHERE $1::uuid IS NOT NULL`,
    };
    await expect(repository.findBreaches(rule, newId(), 1)).rejects.toThrow('read-only transaction');
  });

  it('tells metrics and log what the scheduled run has found, and falls silent when it is mended', async () => {
    const errors: string[] = [];
    const spy = jest.spyOn(Logger.prototype, 'error').mockImplementation((line) => void errors.push(String(line)));
    const scrape = async (): Promise<string[]> => {
      const { body } = await app.get('//metrics');
      return body.split('\n').filter((line) => line.startsWith('storehouse_verification'));
    };
    const verification = app.app.get(VerificationService);
    const order = await createOrder(app, {});
    const started = Date.now() / 1_000;
    try {
      await app.database.execute(`UPDATE orders SET payment_status = 'paid' WHERE id = $1`, [order.id]);
      await verification.watch();
      expect(errors).toEqual([expect.stringMatching(new RegExp(`^The books do not add up; .*T2 \\(.*${order.id}`))]);
      expect(await scrape()).toEqual(expect.arrayContaining(['storehouse_verification_breaches{rule="T2"} 1']));
    } finally {
      await app.database.execute(`UPDATE orders SET payment_status = 'unpaid' WHERE id = $1`, [order.id]);
    }
    await verification.watch();
    spy.mockRestore();
    expect(errors).toHaveLength(1);
    const lines = await scrape();
    expect(lines.filter((line) => line.includes('{')).map((line) => line.split(' ')[1])).toEqual(
      VERIFIED_RULES.map(() => '0'),
    );
    expect(Number(lines.at(-1)!.split(' ')[1])).toBeGreaterThanOrEqual(started);
  });
});
