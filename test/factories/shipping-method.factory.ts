import type {
  CreateShippingMethodDto,
  ShippingMethodStaffResponseDto,
} from '../../src/orders/shipping/shipping-method.dto.js';
import type { ShippingZoneResponseDto } from '../../src/orders/shipping/shipping-zone.dto.js';
import type { TestApp } from '../support/test-app.js';
import { createStaff, unique } from './user.factory.js';

/** Adds a zone of one country through the API. */
export async function createZone(app: TestApp, countryCode: string, token?: string): Promise<ShippingZoneResponseDto> {
  const staff = token ?? (await createStaff(app, ['settings:write'])).token;
  const response = await app.post('/shipping-zones', { name: countryCode, areas: [{ countryCode }] }, { token: staff });
  if (response.statusCode !== 201) throw new Error(`The zone was refused: ${response.body}`);
  return response.json<ShippingZoneResponseDto>();
}

/** Adds a method through the API: 4.90 EUR, unless `pricing` says otherwise. Methods concern every order, so the test ends with `withdrawMethods`. */
export async function createMethod(
  app: TestApp,
  token: string,
  overrides: Partial<Omit<CreateShippingMethodDto, 'pricing'>> & { pricing?: object },
): Promise<ShippingMethodStaffResponseDto> {
  const pricing = { type: 'flat', prices: [{ amount: 490, currency: 'EUR' }] };
  const body = { code: `method-${unique()}`, name: 'Standard', pricing, ...overrides };
  const response = await app.post('/shipping-methods', body, { token });
  if (response.statusCode !== 201) throw new Error(`The method was refused: ${response.body}`);
  return response.json<ShippingMethodStaffResponseDto>();
}

/** Takes every method off the offer, so that other tests order without. */
export async function withdrawMethods(app: TestApp): Promise<void> {
  await app.database.execute(`UPDATE shipping_methods SET status = 'archived' WHERE status <> 'archived'`);
}
