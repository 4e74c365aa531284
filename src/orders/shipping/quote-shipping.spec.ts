import fc from 'fast-check';
import { newId } from '../../common/ids.js';
import type { Purchase, PurchaseLine } from '../pricing/purchase.js';
import { pricingOf } from './pricings/pricing-list.js';
import { quoteShipping, shippingProblemOf } from './quote-shipping.js';
import type { OfferedMethod, ShippingRules } from './shipping-rules.js';
import { type Zone, zoneOf } from './zone-areas.js';

const GERMANY: Zone = { id: newId(), areas: [{ countryCode: 'DE' }] };

const method = ({ pricing, ...rest }: Partial<Omit<OfferedMethod, 'pricing'>> & { pricing?: { type: string } } = {}) =>
  ({
    id: newId(),
    code: 'standard',
    name: 'Standard',
    description: null,
    taxCategory: 'standard',
    zoneIds: [GERMANY.id],
    locationId: null,
    estimatedDaysMin: null,
    estimatedDaysMax: null,
    pricing: pricingOf(pricing ?? { type: 'flat', ...{ prices: [{ amount: 490, currency: 'EUR' }] } }),
    freeFrom: [],
    minSubtotal: [],
    maxSubtotal: [],
    minWeightGrams: null,
    maxWeightGrams: null,
    defaultWeightGrams: null,
    ...rest,
  }) satisfies OfferedMethod;

const line = (overrides: Partial<PurchaseLine> = {}): PurchaseLine => ({
  key: newId(),
  variantId: null,
  productId: null,
  categoryIds: [],
  taxCategory: 'standard',
  weightGrams: 100,
  requiresShipping: true,
  quantity: 1,
  unitPrice: 1000,
  isDiscountable: true,
  ...overrides,
});

const purchase = (overrides: Partial<Purchase> = {}): Purchase => ({
  currency: 'EUR',
  customer: { id: null, email: null },
  destination: { countryCode: 'DE', postalCode: '80331' },
  lines: [line()],
  codes: [],
  shippingMethod: null,
  shippingPrice: null,
  isShippingMandatory: false,
  now: new Date(0),
  ...overrides,
});

const rules = (...methods: OfferedMethod[]): ShippingRules => ({ zones: [GERMANY], methods });
const priceOf = (one: OfferedMethod, lines = [line()], subtotal = 1000): number | string => {
  const { options, refusals } = quoteShipping(purchase({ lines }), subtotal, rules(one));
  expect(options.length + refusals.length).toBe(1);
  return options[0]?.price ?? refusals[0]!.reason.code;
};

const tiers = fc
  .tuple(
    fc.uniqueArray(fc.nat(50_000), { minLength: 1, maxLength: 8 }),
    fc.array(fc.nat(9999), { minLength: 9 }),
    fc.boolean(),
  )
  .map(([ends, amounts, isOpen]) =>
    [...ends.sort((a, b) => a - b), ...(isOpen ? [null] : [])].map((upTo, index) => ({
      upTo,
      amount: amounts[index]!,
    })),
  );

describe('shipping by tiers', () => {
  it.each([
    ['by_weight', 'too_heavy'],
    ['by_price', 'too_dear'],
  ])('has one price for each value up to the last tier, and none beyond: %s', (type, refusal) => {
    fc.assert(
      fc.property(tiers, fc.nat(60_000), (list, value) => {
        const one = method({ pricing: { type, ...{ prices: [{ currency: 'EUR', tiers: list }] } } });
        const holding = list.filter(
          ({ upTo }, index) =>
            (upTo === null || value <= upTo) && (index === 0 || value > (list[index - 1]!.upTo ?? Infinity)),
        );
        expect(holding.length).toBeLessThanOrEqual(1);
        expect(priceOf(one, [line({ weightGrams: value })], value)).toBe(holding[0]?.amount ?? refusal);
      }),
    );
  });

  it('costs the same whatever the order of the lines', () => {
    const lines = fc.array(
      fc.record({ weightGrams: fc.option(fc.nat(5000)), quantity: fc.integer({ min: 1, max: 20 }) }).map(line),
      { minLength: 1, maxLength: 8 },
    );
    const one = method({
      pricing: {
        type: 'by_weight',
        ...{
          prices: [
            {
              currency: 'EUR',
              tiers: [
                { upTo: 5000, amount: 1 },
                { upTo: 50_000, amount: 2 },
              ],
            },
          ],
        },
      },
      defaultWeightGrams: 300,
    });
    fc.assert(fc.property(lines, (some) => expect(priceOf(one, [...some].reverse())).toBe(priceOf(one, some))));
  });

  it('is free from an amount on, and never costs more again above it', () => {
    fc.assert(
      fc.property(fc.nat(9999), fc.nat(9999), fc.nat(9999), (freeFrom, left, right) => {
        const one = method({ freeFrom: [{ amount: freeFrom, currency: 'EUR' }] });
        const [less, more] = [Math.min(left, right), Math.max(left, right)];
        const prices = [less, more].map((subtotal) => priceOf(one, [line()], subtotal) as number);
        expect(prices).toEqual([less, more].map((subtotal) => (subtotal >= freeFrom ? 0 : 490)));
        expect(prices[1]).toBeLessThanOrEqual(prices[0]!);
      }),
    );
  });
});

describe('the zone of an address', () => {
  const zone = (...areas: Zone['areas']): Zone => ({ id: newId(), areas });
  const world = zone({ countryCode: '*' });
  const germany = zone({ countryCode: 'DE' });
  const bavaria = zone({ countryCode: 'DE', regions: ['BY'] });
  const islands = zone({ countryCode: 'DE', postalCodePrefixes: ['25', '26 5'] });
  const helgoland = zone({ countryCode: 'DE', postalCodePrefixes: ['27498', '25849'] });
  const all = [world, germany, bavaria, islands, helgoland];

  it.each([
    ['any country that no other area names', { countryCode: 'FR', postalCode: '75001' }, world],
    ['a country', { countryCode: 'DE', postalCode: '50667' }, germany],
    ['a region of it, in any case', { countryCode: 'DE', region: 'by', postalCode: '80331' }, bavaria],
    [
      'the beginning of a postal code before a region',
      { countryCode: 'DE', region: 'BY', postalCode: '26548' },
      islands,
    ],
    ['a longer beginning before a shorter one', { countryCode: 'DE', postalCode: '25849' }, helgoland],
  ])('is that of %s', (_, destination, expected) => {
    for (const zones of [all, [...all].reverse()]) expect(zoneOf(destination, zones)?.id).toBe(expected.id);
  });

  it('is the older one of two that say as much, and none where nobody goes', () => {
    const again = zone({ countryCode: 'DE' });
    expect(zoneOf({ countryCode: 'DE' }, [again, germany])).toBe(germany);
    expect(zoneOf({ countryCode: 'FR' }, [germany, bavaria])).toBeNull();
    expect(zoneOf({ countryCode: 'DE', postalCode: '50667' }, [islands])).toBeNull();
  });

  it('does not depend on the order of the zones', () => {
    const area = fc.record(
      {
        countryCode: fc.constantFrom('DE', 'AT', '*'),
        regions: fc.uniqueArray(fc.constantFrom('BY', 'BW', 'W'), { minLength: 1 }),
        postalCodePrefixes: fc.uniqueArray(fc.constantFrom('8', '80', '803', '1'), { minLength: 1 }),
      },
      { requiredKeys: ['countryCode'] },
    );
    const destination = fc.record({
      countryCode: fc.constantFrom('DE', 'AT', 'FR'),
      region: fc.constantFrom('BY', 'W'),
      postalCode: fc.constantFrom('80331', '10115', '99999'),
    });
    const zones = fc
      .array(fc.array(area, { minLength: 1, maxLength: 3 }), { maxLength: 6 })
      .map((some) => some.map((areas) => zone(...areas)));
    fc.assert(
      fc.property(zones, destination, (some, place) => {
        expect(zoneOf(place, [...some].reverse())).toBe(zoneOf(place, some));
      }),
    );
  });
});

describe('what is offered', () => {
  it('has no price in a currency that is not named', () => {
    const { refusals } = quoteShipping(purchase({ currency: 'JPY' }), 1000, rules(method()));
    expect(refusals).toMatchObject([{ reason: { code: 'no_price' } }]);
  });

  it.each([
    ['below the least subtotal', { minSubtotal: [{ amount: 1001, currency: 'EUR' }] }, 'below_minimum'],
    ['above the greatest subtotal', { maxSubtotal: [{ amount: 999, currency: 'EUR' }] }, 'above_maximum'],
    ['too light', { minWeightGrams: 101 }, 'too_light'],
    ['too heavy', { maxWeightGrams: 99 }, 'too_heavy'],
  ])('is nothing that is %s', (_, limits, code) => {
    expect(priceOf(method(limits))).toBe(code);
  });

  it('keeps within limits that are just met', () => {
    const amount = [{ amount: 1000, currency: 'EUR' }];
    const limits = { minSubtotal: amount, maxSubtotal: amount, minWeightGrams: 100, maxWeightGrams: 100 };
    expect(priceOf(method(limits))).toBe(490);
  });

  it('weighs pieces of unknown weight as the method says, and is not offered where it says nothing', () => {
    const lines = [line({ quantity: 2 }), line({ weightGrams: null, quantity: 3 })];
    expect(priceOf(method({ maxWeightGrams: 500 }), lines)).toBe('weight_unknown');
    expect(priceOf(method({ maxWeightGrams: 500, defaultWeightGrams: 100 }), lines)).toBe(490);
    expect(priceOf(method({ maxWeightGrams: 499, defaultWeightGrams: 100 }), lines)).toBe('too_heavy');
  });

  it('weighs only what is shipped', () => {
    const lines = [line(), line({ weightGrams: 9000, requiresShipping: false })];
    expect(priceOf(method({ maxWeightGrams: 100 }), lines)).toBe(490);
  });

  it('is only pickups while there is no address', () => {
    const pickup = method({
      code: 'shop',
      zoneIds: [],
      locationId: newId(),
      pricing: { type: 'pickup', ...{ prices: [{ amount: 0, currency: 'EUR' }] } },
    });
    const { options } = quoteShipping(purchase({ destination: null }), 1000, rules(method(), pickup));
    expect(options).toMatchObject([{ code: 'shop', pickupLocationId: pickup.locationId, zoneId: null, price: 0 }]);
  });
});

describe('what keeps a purchase from being ordered', () => {
  const problemOf = (overrides: Partial<Purchase>, shop = rules(method())) => {
    const one = purchase(overrides);
    const quote = quoteShipping(one, 1000, shop);
    const chosen = quote.options.find(({ code }) => code === one.shippingMethod);
    return shippingProblemOf(one, quote, shop, chosen)?.code ?? null;
  };
  const [required, unavailable, notShippable] = [
    'order.shipping_method_required',
    'order.shipping_method_unavailable',
    'order.not_shippable',
  ];

  it.each<[string, Partial<Purchase>, string | null]>([
    ['no method for an address that the shop ships to', {}, required],
    ['nothing with a method that is offered', { shippingMethod: 'standard' }, null],
    ['a method that is not there', { shippingMethod: 'express' }, unavailable],
    ['a method that needs an address, without one', { shippingMethod: 'standard', destination: null }, unavailable],
    ['nothing without an address', { destination: null }, null],
    ['no address where the shop insists', { destination: null, isShippingMandatory: true }, required],
    ['an address to which no method goes', { destination: { countryCode: 'FR' } }, notShippable],
    ['a currency in which nothing has a price', { currency: 'JPY' }, unavailable],
    ['nothing where nothing is shipped', { lines: [line({ requiresShipping: false })], shippingMethod: 'x' }, null],
  ])('is %s', (_, overrides, code) => {
    expect(problemOf(overrides)).toBe(code);
  });

  it('is nothing in a shop without shipping methods', () => {
    expect(problemOf({}, rules())).toBeNull();
  });
});
