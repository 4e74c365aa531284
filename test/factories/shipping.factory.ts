import type { TestApp } from '../support/test-app.js';
import { deliverOrder } from './fulfilment.factory.js';

/** Ships every piece of an order: its stock is gone, and all of it has arrived, `at` some time. */
export async function shipAll(app: TestApp, orderId: string, at = new Date()): Promise<void> {
  await deliverOrder(app, { id: orderId });
  await app.database.execute(`UPDATE fulfilments SET shipped_at = $2, delivered_at = $2 WHERE order_id = $1`, [
    orderId,
    at,
  ]);
  await app.database.execute(`UPDATE orders SET delivered_at = $2, updated_at = $2 WHERE id = $1`, [orderId, at]);
}
