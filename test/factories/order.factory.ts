import type { PlaceOrderDto } from '../../src/orders/dto/place-order.dto.js';
import type { PlacedOrderResponseDto } from '../../src/orders/dto/order-response.dto.js';
import type { TestApp } from '../support/test-app.js';
import { createProduct } from './product.factory.js';
import { unique } from './user.factory.js';

export interface TestOrderOptions extends Partial<PlaceOrderDto> {
  /** Access token of the customer; a guest orders without. */
  token?: string;
}

/** The smallest order: one piece of one variant, by a guest. */
export function buildOrder(variantId: string, overrides: Partial<PlaceOrderDto> = {}): PlaceOrderDto {
  return { lines: [{ variantId, quantity: 1 }], email: `guest-${unique()}@example.com`, ...overrides };
}

/** Places an order through the API; of one piece of a new product at 19.99 EUR, unless `lines` say otherwise. */
export async function createOrder(app: TestApp, options: TestOrderOptions = {}): Promise<PlacedOrderResponseDto> {
  const { token, ...overrides } = options;
  const variantId = overrides.lines?.[0]?.variantId ?? (await createProduct(app)).variants[0]!.id;
  const { email, ...order } = buildOrder(variantId, overrides);
  const body = token === undefined || overrides.email !== undefined ? { ...order, email } : order;
  const response = await app.post('/orders', body, { key: true, token });
  if (response.statusCode !== 201) throw new Error(`The order was refused: ${response.body}`);
  return response.json<PlacedOrderResponseDto>();
}

/** The headers that open an order for its guest. */
export function guestOf(order: PlacedOrderResponseDto): { headers: Record<string, string> } {
  return { headers: { 'x-order-token': order.orderToken ?? '' } };
}
