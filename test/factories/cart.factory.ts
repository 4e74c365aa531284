import type { CreateCartDto } from '../../src/orders/carts/dto/cart.dto.js';
import type { CreatedCartResponseDto } from '../../src/orders/carts/dto/cart-response.dto.js';
import type { TestApp } from '../support/test-app.js';
import { createProduct } from './product.factory.js';

export interface TestCartOptions extends Partial<CreateCartDto> {
  /** Access token of the customer; a guest has none. */
  token?: string;
}

/** Begins a cart through the API; with one piece of a new product at 19.99 EUR, unless `lines` say otherwise. */
export async function createCart(app: TestApp, options: TestCartOptions = {}): Promise<CreatedCartResponseDto> {
  const { token, lines, ...members } = options;
  const body = { lines: lines ?? [{ variantId: (await createProduct(app)).variants[0]!.id, quantity: 1 }], ...members };
  const response = await app.post('/carts', body, { token });
  if (response.statusCode !== 201) throw new Error(`The cart was refused: ${response.body}`);
  return response.json<CreatedCartResponseDto>();
}

/** The headers that open a cart for its guest. */
export function holderOf(cart: CreatedCartResponseDto): { headers: Record<string, string> } {
  return { headers: { 'x-cart-token': cart.cartToken ?? '' } };
}
