import { operationIdOf } from './operation-id.js';

describe('operationIdOf', () => {
  it.each([
    ['get', '/api/v1/orders', 'findAll', 'listOrders'],
    ['get', '/api/v1/orders/{id}', 'findOne', 'getOrder'],
    ['post', '/api/v1/orders', 'place', 'placeOrder'],
    ['post', '/api/v1/orders/{id}/cancel', 'cancel', 'cancelOrder'],
    ['post', '/api/v1/orders/{id}/payments', 'pay', 'payOrder'],
    ['get', '/api/v1/orders/{id}/history', 'history', 'getOrderHistory'],
    ['patch', '/api/v1/categories/{idOrSlug}', 'update', 'updateCategory'],
    ['delete', '/api/v1/products/{id}', 'remove', 'deleteProduct'],
    ['get', '/api/v1/products/{id}/variants', 'findOfProduct', 'listProductVariants'],
    ['post', '/api/v1/products/{id}/variants', 'add', 'addProductVariant'],
    ['get', '/api/v1/variants', 'findBySku', 'getVariantBySku'],
    ['put', '/api/v1/variants/{id}/prices', 'setPrices', 'setVariantPrices'],
    ['post', '/api/v1/inventory/adjustments', 'adjust', 'adjustInventory'],
    ['get', '/api/v1/inventory/movements', 'movements', 'listInventoryMovements'],
    ['get', '/api/v1/users/me', 'findMe', 'getMe'],
    ['post', '/api/v1/auth/login', 'login', 'login'],
    ['delete', '/api/v1/auth/sessions', 'removeOthers', 'deleteOtherSessions'],
    ['delete', '/api/v1/auth/sessions/{id}', 'remove', 'deleteSession'],
    ['post', '/api/v1/api-keys/{id}/rotate', 'rotate', 'rotateApiKey'],
    ['post', '/api/v1/webhook-endpoints/{id}/rotate-secret', 'rotateSecret', 'rotateWebhookEndpointSecret'],
    ['get', '/api/v1/jobs/failed', 'findFailed', 'listFailedJobs'],
    ['get', '/.well-known/jwks.json', 'findAll', 'listJwks'],
    ['get', '/health/ready', 'ready', 'getHealthReady'],
  ])('names %s %s (%s) %s', (method, path, handler, name) => {
    expect(operationIdOf(method, path, handler)).toBe(name);
  });
});
