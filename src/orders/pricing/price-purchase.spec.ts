import fc from 'fast-check';
import { Order } from '../entities/order.entity.js';
import { OrderLine } from '../entities/order-line.entity.js';
import { shareOf, taxWithin } from '../payments/refund-shares.js';
import type { PriceReasonDto } from './explanation.dto.js';
import { explainOrder } from './explain.js';
import { amountsOf, type Pricing, pricePurchase } from './price-purchase.js';
import { type PricingRules, RULE_SECTIONS } from './pricing-rules.js';
import type { Purchase } from './purchase.js';

/** Currencies without, with two and with three digits behind the point. */
const CURRENCIES = ['JPY', 'EUR', 'KWD'] as const;
const CATEGORIES = ['standard', 'reduced', 'books'];
const PRODUCTS = [1, 2, 3, 4, 5].map((n) => `01970c1e-0000-7000-8000-00000000000${n}`);

const idOf = (n: number): string => `01970c1e-1111-7000-8000-${String(n).padStart(12, '0')}`;
/** An amount in each currency, so that the rule applies whichever it is. */
const everywhere = (most: number) => fc.nat(most).map((amount) => CURRENCIES.map((currency) => ({ amount, currency })));
const percent = fc.oneof(fc.constant('100'), fc.constant('33.3333'), fc.nat(100).map(String));
const items = fc.option(
  fc.subarray(PRODUCTS, { minLength: 1 }).map((productIds) => ({ productIds })),
  { nil: undefined },
);

const effect = fc.oneof(
  fc.record({ type: fc.constant('percentage'), percent, items }),
  fc.record({ type: fc.constant('fixed_amount'), amounts: everywhere(5_000), items }),
  fc.record({ type: fc.constant('fixed_per_piece'), amounts: everywhere(500), items }),
  fc.record({
    type: fc.constant('buy_get'),
    buyQuantity: fc.integer({ min: 1, max: 3 }),
    buyItems: items,
    getQuantity: fc.integer({ min: 1, max: 3 }),
    percent,
  }),
  fc.record({ type: fc.constant('free_shipping') }),
);

const promotion = fc.record({
  name: fc.constantFrom('Spring', 'Summer', 'Autumn'),
  isAutomatic: fc.constant(true),
  isExclusive: fc.boolean(),
  startsAt: fc.constant(null),
  endsAt: fc.constant(null),
  usageLimit: fc.constant(null),
  usageLimitPerCustomer: fc.constant(null),
  conditions: fc.array(
    fc.oneof(
      fc.record({ type: fc.constant('minimum_subtotal'), amounts: everywhere(3_000) }),
      fc.record({ type: fc.constant('minimum_quantity'), quantity: fc.integer({ min: 1, max: 5 }), items }),
    ),
    { maxLength: 1 },
  ),
  effects: fc.array(effect, { minLength: 1, maxLength: 2 }),
});

const rate = fc.record({
  name: fc.constantFrom('VAT', 'GST', 'QST'),
  rate: fc.constantFrom('0', '0.05', '0.07', '0.09975', '0.19', '0.2', '0.25', '1'),
  country: fc.constant('CA'),
  region: fc.constantFrom(null, 'QC'),
  postalCodes: fc.constant([]),
  category: fc.constantFrom(...CATEGORIES),
  priority: fc.nat(2),
  isCompound: fc.boolean(),
  appliesToShipping: fc.boolean(),
  validFrom: fc.constant(null),
  validTo: fc.constant(null),
});

const method = fc.record({
  code: fc.constant('standard'),
  name: fc.constant('Standard'),
  description: fc.constant(null),
  taxCategory: fc.constantFrom(...CATEGORIES),
  zoneIds: fc.constant([]),
  locationId: fc.constant(null),
  estimatedDaysMin: fc.constant(null),
  estimatedDaysMax: fc.constant(null),
  pricing: fc.oneof(
    fc.record({ type: fc.constant('flat'), prices: everywhere(2_000) }),
    fc.record({
      type: fc.constant('by_price'),
      prices: fc.tuple(fc.nat(999), fc.nat(999)).map(([first, then]) =>
        CURRENCIES.map((currency) => ({
          currency,
          tiers: [
            { upTo: 5_000, amount: first },
            { upTo: null, amount: then },
          ],
        })),
      ),
    }),
  ),
  freeFrom: fc.oneof(fc.constant([]), everywhere(20_000)),
  minSubtotal: fc.constant([]),
  maxSubtotal: fc.constant([]),
  minWeightGrams: fc.constant(null),
  maxWeightGrams: fc.constant(null),
  defaultWeightGrams: fc.constant(null),
});

const rules: fc.Arbitrary<PricingRules> = fc
  .record({
    promotions: fc.array(promotion, { maxLength: 4 }),
    rates: fc.array(rate, { maxLength: 4 }),
    methods: fc.array(method, { maxLength: 1 }),
    pricesIncludeTax: fc.boolean(),
    exceptCurrencies: fc.subarray([...CURRENCIES]),
  })
  .map(({ promotions, rates, methods, pricesIncludeTax, exceptCurrencies }) => {
    const numbered = <Row extends object>(rows: Row[]) => rows.map((row, index) => ({ id: idOf(index), ...row }));
    const settings = { pricesIncludeTax, exceptCurrencies, defaultCountry: null, defaultRegion: null, timeZone: 'UTC' };
    return {
      version: 1,
      // As the statements give them: JSON, in which what is undefined is absent.
      promotions: RULE_SECTIONS.promotions.read(asJson({ promotions: numbered(promotions), below: {} })),
      taxes: RULE_SECTIONS.taxes.read(asJson({ settings, rates: numbered(rates) })),
      shipping: RULE_SECTIONS.shipping.read(asJson({ zones: [], methods: numbered(methods) })),
    };
  });

const purchase: fc.Arbitrary<Purchase> = fc
  .record({
    currency: fc.constantFrom(...CURRENCIES),
    lines: fc.array(
      fc.record({
        productId: fc.constantFrom(...PRODUCTS),
        taxCategory: fc.constantFrom(...CATEGORIES),
        quantity: fc.integer({ min: 1, max: 7 }),
        unitPrice: fc.oneof(fc.nat(20), fc.nat(9_999)),
        isDiscountable: fc.boolean(),
      }),
      { minLength: 1, maxLength: 6 },
    ),
    isShipped: fc.boolean(),
  })
  .map(({ currency, lines, isShipped }) => ({
    currency,
    customer: { id: null, email: null },
    destination: { countryCode: 'CA', region: 'QC', postalCode: 'H3B 4W8' },
    lines: lines.map((line, index) => ({
      ...line,
      key: String(index),
      variantId: idOf(index),
      categoryIds: [],
      weightGrams: null,
      requiresShipping: true,
    })),
    codes: [],
    shippingMethod: isShipped ? 'standard' : null,
    shippingPrice: null,
    isShippingMandatory: false,
    now: new Date('2026-03-01T12:00:00Z'),
  }));

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const price = (bought: Purchase, by: PricingRules): Pricing =>
  pricePurchase(bought, by, { promotions: null, taxes: null });
const sumOf = (rows: readonly { amount: number }[]): number => rows.reduce((sum, { amount }) => sum + amount, 0);

/** Every combination of tax modes, promotions, shipping and currencies. */
const priced = fc.tuple(purchase, rules).map(([bought, by]) => ({ bought, by, pricing: price(bought, by) }));

describe('pricePurchase', () => {
  it('makes every total the sum of its parts, and each line what its price, discounts and tax say (M3, M4)', () => {
    fc.assert(
      fc.property(priced, ({ bought, pricing: { lines, shipping, totals } }) => {
        lines.forEach(({ unitPrice, quantity, discount, tax, total, adjustments, taxes }, index) => {
          expect(unitPrice.amount * quantity).toBe(bought.lines[index]!.unitPrice * bought.lines[index]!.quantity);
          expect(sumOf(adjustments!)).toBe(discount.amount);
          expect(sumOf(taxes!)).toBe(tax.amount);
          const added = totals.pricesIncludeTax ? 0 : tax.amount;
          expect(total.amount).toBe(unitPrice.amount * quantity - discount.amount + added);
        });
        const of = (pick: (line: (typeof lines)[number]) => { amount: number }) => sumOf(lines.map(pick));
        expect(totals.subtotal.amount).toBe(of(({ unitPrice, quantity }) => ({ amount: unitPrice.amount * quantity })));
        expect(totals.discountTotal.amount).toBe(of(({ discount }) => discount));
        expect(totals.shippingTotal.amount).toBe(shipping ? shipping.price - shipping.discount : 0);
        expect(totals.shippingTax.amount).toBe(sumOf(shipping?.taxes ?? []));
        expect(totals.taxTotal.amount).toBe(of(({ tax }) => tax) + totals.shippingTax.amount);
        const shippingTax = totals.pricesIncludeTax ? 0 : totals.shippingTax.amount;
        expect(totals.total.amount).toBe(of(({ total }) => total) + totals.shippingTotal.amount + shippingTax);
      }),
    );
  });

  it('takes off no more than a line or shipping comes to, and leaves nothing below zero (M4, M5)', () => {
    fc.assert(
      fc.property(priced, ({ pricing: { lines, shipping, totals, promotions } }) => {
        for (const { unitPrice, quantity, discount, tax, total, adjustments } of lines) {
          expect(discount.amount).toBeLessThanOrEqual(unitPrice.amount * quantity);
          expect(
            Math.min(tax.amount, total.amount, ...adjustments!.map(({ amount }) => amount - 1)),
          ).toBeGreaterThanOrEqual(0);
        }
        if (shipping) expect(shipping.discount).toBeLessThanOrEqual(shipping.price);
        expect(totals.total.amount).toBeGreaterThanOrEqual(0);
        expect(sumOf(promotions)).toBe(totals.discountTotal.amount + (shipping?.discount ?? 0));
      }),
    );
  });

  it('takes contained tax out of the price, so that net and tax are the gross exactly (M7)', () => {
    fc.assert(
      fc.property(priced, ({ pricing: { lines, totals } }) => {
        fc.pre(totals.pricesIncludeTax);
        for (const { unitPrice, quantity, discount, tax, total } of lines) {
          expect(total.amount).toBe(unitPrice.amount * quantity - discount.amount);
          expect(tax.amount).toBeLessThanOrEqual(total.amount);
        }
        expect(totals.total.amount).toBe(
          totals.subtotal.amount - totals.discountTotal.amount + totals.shippingTotal.amount,
        );
      }),
    );
  });

  it('costs the same in whatever order the lines stand', () => {
    fc.assert(
      fc.property(priced, fc.infiniteStream(fc.nat()), ({ bought, by, pricing }, order) => {
        const shuffled = bought.lines
          .map((line) => ({ line, at: order.next().value }))
          .sort((left, right) => left.at - right.at)
          .map(({ line }) => line);
        const again = price({ ...bought, lines: shuffled }, by);
        expect(again.totals).toEqual(pricing.totals);
        const byKey = new Map(shuffled.map(({ key }, index) => [key, again.lines[index]!]));
        bought.lines.forEach(({ key }, index) => expect(byKey.get(key)).toEqual(pricing.lines[index]));
      }),
    );
  });

  it('gives back exactly what was charged, tax included, in whatever parts the pieces come back (M8)', () => {
    fc.assert(
      fc.property(priced, fc.infiniteStream(fc.integer({ min: 1, max: 7 })), ({ pricing }, parts) => {
        for (const { quantity, tax, total } of pricing.lines) {
          let [pieces, amount, taxAmount] = [0, 0, 0];
          while (pieces < quantity) {
            pieces = Math.min(quantity, pieces + (parts.next().value as number));
            const next = shareOf(total.amount, quantity, pieces);
            expect(next).toBeGreaterThanOrEqual(amount);
            taxAmount += taxWithin(total.amount, tax.amount, next) - taxWithin(total.amount, tax.amount, amount);
            amount = next;
          }
          expect([amount, taxAmount]).toEqual([total.amount, tax.amount]);
        }
      }),
    );
  });

  it('is explained by an order from its own lines, every amount of 1,000 of them', () => {
    const added = (reasons: readonly PriceReasonDto[]): number => sumOf(reasons.flatMap(({ amount }) => amount ?? []));
    fc.assert(
      fc.property(priced, ({ bought, pricing }) => {
        const lines = pricing.lines.map((line, index) =>
          OrderLine.of('', index + 1, { ...line, variantId: null, sku: 'SKU', name: 'Mug' }),
        );
        const order = Object.assign(new Order(), { currency: bought.currency, ...amountsOf(pricing), lines });
        const explained = explainOrder(order);
        explained.lines.forEach(({ reasons, total }) => expect(added(reasons)).toBe(total!.amount));
        explained.totals.forEach(({ name, amount, reasons }) =>
          expect([name, added(reasons)]).toEqual([name, amount.amount]),
        );
        expect(explained.totals.map(({ name, amount }) => [name, amount])).toEqual(
          (['subtotal', 'discountTotal', 'shippingTotal', 'taxTotal', 'total'] as const).map((name) => [
            name,
            pricing.totals[name],
          ]),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it('prices nothing that cannot be counted exactly', () => {
    const lines = [
      { unitPrice: Number.MAX_SAFE_INTEGER, quantity: 1 },
      { unitPrice: 1, quantity: 1 },
    ];
    const [bought] = fc.sample(purchase, 1);
    const [by] = fc.sample(rules, 1);
    const large = lines.map((line, index) => ({
      ...bought!.lines[0]!,
      ...line,
      key: String(index),
      isDiscountable: false,
    }));
    expect(() => price({ ...bought!, lines: large }, by!)).toThrow(RangeError);
  });
});
