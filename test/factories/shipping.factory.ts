import type { TestApp } from '../support/test-app.js';

/** Ships every piece of an order: its stock is gone, and all of it has arrived. */
export async function shipAll(app: TestApp, orderId: string, at = new Date()): Promise<void> {
  await app.database.run(async () => {
    await app.database.execute(
      `UPDATE stock s SET on_hand = on_hand - r.quantity, reserved = reserved - r.quantity FROM reservations r
       WHERE r.order_id = $1 AND r.status = 'open' AND s.variant_id = r.variant_id AND s.location_id = r.location_id`,
      [orderId],
    );
    await app.database.execute(
      `INSERT INTO inventory_movements (id, variant_id, location_id, on_hand_delta, reason, order_id)
       SELECT gen_random_uuid(), variant_id, location_id, -quantity, 'sale', order_id FROM reservations WHERE order_id = $1 AND status = 'open'`,
      [orderId],
    );
    await app.database.execute(`UPDATE reservations SET status = 'shipped', closed_at = now() WHERE order_id = $1`, [
      orderId,
    ]);
    await app.database.execute(
      `UPDATE order_lines SET fulfilled_quantity = quantity, delivered_quantity = quantity WHERE order_id = $1`,
      [orderId],
    );
    await app.database.execute(`UPDATE orders SET fulfilment_status = 'fulfilled', updated_at = $2 WHERE id = $1`, [
      orderId,
      at,
    ]);
  });
}
