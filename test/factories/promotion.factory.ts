import type { PromotionResponseDto } from '../../src/orders/promotions/promotion.dto.js';
import type { TestApp } from '../support/test-app.js';
import { unique } from './user.factory.js';

/** Makes a promotion through the API: half off by code, unless told otherwise. One that applies by itself must name goods of the test's own. */
export async function createPromotion(
  app: TestApp,
  token: string,
  overrides: object = {},
): Promise<PromotionResponseDto> {
  const body = { name: `Promotion ${unique()}`, effects: [{ type: 'percentage', percent: '50' }], ...overrides };
  const response = await app.post('/promotions', body, { token });
  if (response.statusCode !== 201) throw new Error(`The promotion was refused: ${response.body}`);
  return response.json<PromotionResponseDto>();
}

/** Gives a promotion a code of its own. */
export async function createCode(app: TestApp, token: string, id: string, usageLimit?: number): Promise<string> {
  const code = `C-${unique()}`.toUpperCase();
  const response = await app.post(`/promotions/${id}/codes`, { codes: [{ code, usageLimit }] }, { token });
  if (response.statusCode !== 201) throw new Error(`The code was refused: ${response.body}`);
  return code;
}
