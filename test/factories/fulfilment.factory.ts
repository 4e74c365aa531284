import type { OrderReach } from '../../src/orders/order-access.js';
import type { Tracking } from '../../src/orders/fulfilments/fulfilment.entity.js';
import type { FulfilmentWithLines } from '../../src/orders/fulfilments/fulfilments.repository.js';
import { type FulfilmentRequest, FulfilmentsService } from '../../src/orders/fulfilments/fulfilments.service.js';
import { ShipmentsService } from '../../src/orders/fulfilments/shipments.service.js';
import type { TestApp } from '../support/test-app.js';

/** Where goods of tests go. */
export const TEST_ADDRESS = {
  name: 'Ada Lovelace',
  line1: 'Invalidenstraße 117',
  city: 'Berlin',
  postalCode: '10115',
  countryCode: 'DE',
};

const STAFF: OrderReach = {
  isStaff: true,
  customerId: null,
  holdsToken: false,
  actor: { kind: 'staff', id: null },
};

/** Puts pieces of a confirmed order together: all that is left, unless `lines` say otherwise; one fulfilment a location. */
export function createFulfilments(
  { app }: TestApp,
  order: { id: string },
  lines?: FulfilmentRequest['lines'],
): Promise<FulfilmentWithLines[]> {
  return app.get(FulfilmentsService, { strict: false }).create(order.id, { lines }, STAFF);
}

/** Ships pieces of a confirmed order, to the address it has or to `TEST_ADDRESS`: all that is left, unless `lines` say otherwise. */
export async function shipOrder(
  app: TestApp,
  order: { id: string },
  lines?: FulfilmentRequest['lines'],
  tracking: Tracking = {},
): Promise<FulfilmentWithLines[]> {
  await app.database.execute(`UPDATE orders SET shipping_address = $2 WHERE id = $1 AND shipping_address IS NULL`, [
    order.id,
    TEST_ADDRESS,
  ]);
  const shipments = app.app.get(ShipmentsService, { strict: false });
  const shipped: FulfilmentWithLines[] = [];
  for (const { id } of await createFulfilments(app, order, lines))
    shipped.push(await shipments.ship(id, tracking, STAFF.actor));
  return shipped;
}

/** Ships pieces of a confirmed order and lets them arrive: all that is left, unless `lines` say otherwise. */
export async function deliverOrder(
  app: TestApp,
  order: { id: string },
  lines?: FulfilmentRequest['lines'],
): Promise<FulfilmentWithLines[]> {
  const shipments = app.app.get(ShipmentsService, { strict: false });
  const delivered: FulfilmentWithLines[] = [];
  for (const { id } of await shipOrder(app, order, lines)) delivered.push(await shipments.deliver(id, STAFF.actor));
  return delivered;
}
