import { PricingService } from '../../../src/orders/pricing/pricing.service.js';
import { createProduct } from '../../factories/product.factory.js';
import { createPromotion } from '../../factories/promotion.factory.js';
import { createStaff, createUser, unique } from '../../factories/user.factory.js';
import { countStatements } from '../../support/statement-counter.js';
import { TestApp } from '../../support/test-app.js';

/** Nobody else's tests buy in these, or ship there. */
const CURRENCY = 'TND';
const COUNTRY = 'TN';
const LINES = 20;
const PROMOTIONS = 50;

describe('queries of pricing', () => {
  let app: TestApp;
  let variantIds: string[];
  beforeAll(async () => {
    app = await TestApp.start();
    const staff = await createStaff(app, ['promotions:write', 'settings:write']);
    const { variants } = await createProduct(app, {
      options: [{ name: 'Size', values: Array.from({ length: LINES }, (_, index) => String(index)) }],
      variants: Array.from({ length: LINES }, (_, index) => ({
        sku: `PRICED-${unique()}`,
        options: { Size: String(index) },
        prices: [{ amount: 12_345, currency: CURRENCY }],
      })),
    });
    variantIds = variants.map(({ id }) => id);
    for (let count = 0; count < PROMOTIONS; count++) {
      const conditions = [{ type: 'currency', currencies: [CURRENCY] }];
      const effects = [{ type: 'percentage', percent: '1' }];
      await createPromotion(app, staff.token, { isAutomatic: true, conditions, effects });
    }
    for (const priority of [1, 2, 3]) {
      const rate = { name: `Tax ${priority}`, rate: '0.07', country: COUNTRY, priority, isCompound: priority > 1 };
      expect((await app.post('/tax-rates', rate, { token: staff.token })).statusCode).toBe(201);
    }
  });
  afterAll(() => app.close());

  /** Prices a purchase of every variant, and counts what that takes. */
  const price = (customerId: string | null, codes: readonly string[] = []) =>
    countStatements(async () => {
      const variants = variantIds.map((variantId) => ({ variantId, quantity: 2 }));
      const customer = { id: customerId, email: 'ada@example.com' };
      const pricing = await app.app.get(PricingService).open({ variants, currency: CURRENCY, customer, codes });
      const lines = variants.map((line) => ({ ...line, key: line.variantId }));
      return pricing.price(lines, { destination: { countryCode: COUNTRY, postalCode: '1000' } });
    });

  it('takes two statements for 20 lines, 50 promotions and three taxes, and one where it knows the rules and nothing is asked of the buyer', async () => {
    const { user } = await createUser(app);
    for (const [customerId, codes, known] of [
      [null, [], 1],
      [user.id, [], 2],
      [user.id, [`NONE-${unique()}`], 2],
    ] as const) {
      await app.database.execute(`UPDATE tax_settings SET time_zone = time_zone`);
      const first = await price(customerId, codes);
      const next = await price(customerId, codes);
      expect([first.statements.length, next.statements.length]).toEqual([2, known]);
      expect(next.result).toEqual(first.result);
      expect(next.result.promotions).toHaveLength(PROMOTIONS);
      expect(next.result.lines.map(({ taxes }) => taxes?.length)).toEqual(Array(LINES).fill(3));
    }
  });

  it('knows of a rule that another process has changed, at the next price', async () => {
    const before = (await price(null)).result;
    await app.database.execute(`UPDATE tax_rates SET rate = 0.17 WHERE country = $1 AND priority = 1`, [COUNTRY]);
    const after = (await price(null)).result;
    expect(after.totals.taxTotal.amount).toBeGreaterThan(before.totals.taxTotal.amount);
  });
});
