// What a guest does from an empty cart to a paid order; loaded by `orders.mjs`, counted by `journey-statements.mjs`.
import { randomUUID } from 'node:crypto';

const ADDRESS = { name: 'Ada', line1: '12 Main Street', city: 'London', postalCode: 'SW1Y 4JH', countryCode: 'GB' };

/**
 * The calls of one journey, in their order.
 *
 * @param pick Gives the id of a variant.
 * @returns for each call, the request made of what the calls before it have learnt, and what is learnt from its answer.
 */
export function journey(pick) {
  const request = (method, path, cart, body, headers) => ({
    method,
    path: `/api/v1${path}`,
    headers: { 'content-type': 'application/json', ...(cart ? { 'x-cart-token': cart.cartToken } : {}), ...headers },
    body: body && JSON.stringify(body),
  });
  const addLine = {
    request: ({ cart }) => request('POST', `/carts/${cart.id}/lines`, cart, { variantId: pick(), quantity: 1 }),
  };
  return [
    {
      request: () => request('POST', '/carts', null, { email: 'bench@example.org' }),
      learn: (answer, context) => (context.cart = answer),
    },
    addLine,
    addLine,
    { request: ({ cart }) => request('PUT', `/carts/${cart.id}/addresses`, cart, { shippingAddress: ADDRESS }) },
    {
      request: ({ cart }) => request('GET', `/carts/${cart.id}`, cart),
      learn: (answer, context) => (context.total = answer.total),
    },
    {
      request: ({ cart, total }) =>
        request(
          'POST',
          '/orders',
          cart,
          { cartId: cart.id, expectedTotal: total, payment: { provider: 'fake', token: 'tok_success' } },
          { 'idempotency-key': randomUUID() },
        ),
    },
  ];
}
