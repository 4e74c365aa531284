import fc from 'fast-check';
import type { Purchase, PurchaseLine } from '../pricing/purchase.js';
import { applyPromotions } from './apply-promotions.js';
import { CONDITIONS } from './condition-list.js';
import { EFFECTS } from './effect-list.js';
import { type PromotionCondition, type PromotionEffect, readPart } from './promotion-part.js';
import { holding, type PromotionFacts, type PromotionRule, type PromotionRules } from './promotion-rules.js';

const eur = (amount: number) => [{ amount, currency: 'EUR' }];

const line = (name: string, unitPrice: number, quantity = 1, more: Partial<PurchaseLine> = {}): PurchaseLine => ({
  key: name,
  variantId: name,
  productId: `product of ${name}`,
  categoryIds: [],
  taxCategory: 'standard',
  weightGrams: null,
  requiresShipping: true,
  quantity,
  unitPrice,
  isDiscountable: true,
  ...more,
});

const purchase = (lines: readonly PurchaseLine[], more: Partial<Purchase> = {}): Purchase => ({
  currency: 'EUR',
  customer: { id: null, email: null },
  destination: null,
  lines,
  codes: [],
  shippingMethod: null,
  shippingPrice: null,
  isShippingMandatory: false,
  now: new Date('2026-03-01T12:00:00Z'),
  ...more,
});

let made = 0;
const rule = (
  effects: readonly object[],
  { conditions = [], ...more }: Partial<Omit<PromotionRule, 'conditions'>> & { conditions?: readonly object[] } = {},
): PromotionRule => ({
  id: `promotion-${(made += 1)}`,
  name: 'A promotion',
  isAutomatic: true,
  isExclusive: false,
  startsAt: null,
  endsAt: null,
  usageLimit: null,
  usageLimitPerCustomer: null,
  ...more,
  effects: effects.map((effect) => readPart<PromotionEffect>(EFFECTS, effect)!),
  conditions: conditions.map((condition) => readPart<PromotionCondition>(CONDITIONS, condition)!),
});

const rulesOf = (promotions: readonly PromotionRule[], below: Record<string, string[]> = {}): PromotionRules => ({
  promotions,
  areAboutBuyer: false,
  holds: holding(below),
});

const facts = (more: Partial<PromotionFacts> = {}): PromotionFacts => ({
  groupIds: [],
  isFirstOrder: false,
  codes: {},
  uses: {},
  ...more,
});

/** What comes off each line, by its name. */
const off = (lines: readonly PurchaseLine[], promotions: readonly PromotionRule[], below = {}) => {
  const result = applyPromotions(purchase(lines), rulesOf(promotions, below), null);
  return Object.fromEntries(
    [...result.lines].map(([key, adjustments]) => [key, adjustments.reduce((sum, { amount }) => sum + amount, 0)]),
  );
};

const percentage = (percent: string, items?: object) => ({ type: 'percentage', percent, items });

describe('effects of promotions', () => {
  it('take a percentage off each line, rounded half up on the line', () => {
    expect(off([line('a', 1999), line('b', 5, 3)], [rule([percentage('12.5')])])).toEqual({ a: 250, b: 2 });
    expect(off([line('a', 5)], [rule([percentage('10')])])).toEqual({ a: 1 });
    expect(off([line('a', 9_007_199_254_740_991)], [rule([percentage('33.3333')])])).toEqual({
      a: 3_002_396_749_180_579,
    });
  });

  it('spread an amount over the lines without losing a minor unit, and no more than they come to', () => {
    const lines = [line('a', 100), line('b', 100), line('c', 100)];
    expect(off(lines, [rule([{ type: 'fixed_amount', amounts: eur(100) }])])).toEqual({ a: 34, b: 33, c: 33 });
    expect(off(lines, [rule([{ type: 'fixed_amount', amounts: eur(1000) }])])).toEqual({ a: 100, b: 100, c: 100 });
    expect(off(lines, [rule([{ type: 'fixed_amount', amounts: [{ amount: 1, currency: 'USD' }] }])])).toEqual({});
  });

  it('take an amount off each piece', () => {
    const effect = { type: 'fixed_per_piece', amounts: eur(30), items: { variantIds: ['a', 'c'] } };
    expect(off([line('a', 100, 3), line('b', 100), line('c', 20, 2)], [rule([effect])])).toEqual({ a: 90, c: 40 });
  });

  it.each([
    ['three for two, the cheapest free', { buyQuantity: 2, getQuantity: 1, percent: '100' }, { a: 0, b: 0, c: 200 }],
    ['at most once', { buyQuantity: 1, getQuantity: 1, percent: '100', maxTimes: 1 }, { c: 100 }],
    ['as often as there are pieces', { buyQuantity: 1, getQuantity: 1, percent: '50' }, { b: 150, c: 100 }],
    [
      'of other goods',
      {
        buyQuantity: 2,
        buyItems: { variantIds: ['a'] },
        getQuantity: 1,
        getItems: { variantIds: ['b'] },
        percent: '100',
      },
      { b: 300 },
    ],
    [
      'not without enough of what must be bought',
      {
        buyQuantity: 3,
        buyItems: { variantIds: ['a'] },
        getQuantity: 1,
        getItems: { variantIds: ['b'] },
        percent: '100',
      },
      {},
    ],
    [
      'of goods that can be bought or got, where a piece is never both',
      { buyQuantity: 1, getQuantity: 1, getItems: { variantIds: ['c'] }, percent: '100' },
      { c: 200 },
    ],
  ])('give pieces for less: %s', (_, terms, expected) => {
    // Seven pieces: two at 500, three at 300, two at 100.
    const lines = [line('a', 500, 2), line('b', 300, 3), line('c', 100, 2)];
    const found = off(lines, [rule([{ type: 'buy_get', ...terms }])]);
    expect(found).toEqual(Object.fromEntries(Object.entries(expected).filter(([, amount]) => amount > 0)));
  });

  it('give what is bought and got at the same time only once: of two pieces of one product, one is bought', () => {
    const effect = { type: 'buy_get', buyQuantity: 1, getQuantity: 1, percent: '100' };
    expect(off([line('a', 500, 1)], [rule([effect])])).toEqual({});
    expect(off([line('a', 500, 2)], [rule([effect])])).toEqual({ a: 500 });
  });

  it('take off the tier that takes off most of those that are reached', () => {
    const effect = {
      type: 'tiered',
      tiers: [
        { minimumQuantity: 3, percent: '10' },
        { minimumSubtotal: eur(1000), percent: '20' },
        { minimumSubtotal: eur(2000), amounts: eur(1000) },
      ],
    };
    expect(off([line('a', 100, 2)], [rule([effect])])).toEqual({});
    expect(off([line('a', 100, 3)], [rule([effect])])).toEqual({ a: 30 });
    expect(off([line('a', 100, 10)], [rule([effect])])).toEqual({ a: 200 });
    expect(off([line('a', 100, 20)], [rule([effect])])).toEqual({ a: 1000 });
  });

  it('make shipping free, or cheaper, but not what staff have set', () => {
    const shippingOff = (effect: object, more: Partial<Purchase> = {}) =>
      applyPromotions(purchase([line('a', 100)], more), rulesOf([rule([effect])]), null)
        .offShipping(490)
        .map(({ amount }) => amount);
    expect(shippingOff({ type: 'free_shipping' })).toEqual([490]);
    expect(shippingOff({ type: 'free_shipping', maximum: eur(300) })).toEqual([300]);
    expect(shippingOff({ type: 'free_shipping', maximum: [{ amount: 1, currency: 'USD' }] })).toEqual([]);
    expect(shippingOff({ type: 'free_shipping' }, { shippingPrice: 490 })).toEqual([]);
  });

  it('leave alone what is not among the goods, with what stands below a category among them, and lines that staff have priced', () => {
    const below = { mugs: ['mugs', 'blue'] };
    const lines = [
      line('a', 100, 1, { categoryIds: ['blue'] }),
      line('b', 100, 1, { categoryIds: ['plates'] }),
      line('c', 100, 1, { categoryIds: ['mugs'], isDiscountable: false }),
    ];
    expect(off(lines, [rule([percentage('50', { categoryIds: ['mugs'] })])], below)).toEqual({ a: 50 });
  });
});

describe('which promotions apply', () => {
  const lines = [line('a', 1000)];

  it('one after the other, each to what those before it have left', () => {
    expect(off(lines, [rule([percentage('50')]), rule([percentage('50')])])).toEqual({ a: 750 });
    expect(off(lines, [rule([percentage('50'), percentage('50')])])).toEqual({ a: 750 });
  });

  it('an exclusive one alone: not after another one, and none after it', () => {
    const alone = rule([percentage('10')], { isExclusive: true });
    expect(off(lines, [alone, rule([percentage('50')])])).toEqual({ a: 100 });
    expect(off(lines, [rule([percentage('50')]), alone])).toEqual({ a: 500 });
    const unmet = {
      ...alone,
      conditions: rule([], { conditions: [{ type: 'minimum_quantity', quantity: 9 }] }).conditions,
    };
    expect(off(lines, [unmet, rule([percentage('50')])])).toEqual({ a: 500 });
  });

  it.each<[string, object, Partial<PromotionFacts>]>([
    ['minimum_subtotal', { type: 'minimum_subtotal', amounts: eur(1001) }, {}],
    ['currency', { type: 'minimum_subtotal', amounts: [{ amount: 1, currency: 'USD' }] }, {}],
    ['minimum_quantity', { type: 'minimum_quantity', quantity: 2 }, {}],
    ['items', { type: 'items', items: { variantIds: ['b'] } }, {}],
    ['customer_group', { type: 'customer_group', groupIds: ['vip'] }, { groupIds: ['retail'] }],
    ['first_order', { type: 'first_order' }, { isFirstOrder: false }],
    ['currency', { type: 'currency', currencies: ['USD'] }, {}],
  ])('says %s of a code whose condition is not met', (code, condition, more) => {
    const promotion = rule([percentage('10')], { isAutomatic: false, conditions: [condition] });
    const known = { id: 'c', promotionId: promotion.id, isDisabled: false, usageLimit: null, used: 0 };
    const asked = facts({ codes: { SPRING: known }, ...more });
    const { outcomes, lines: found } = applyPromotions(
      purchase(lines, { codes: ['spring'] }),
      rulesOf([promotion]),
      asked,
    );
    expect(outcomes).toMatchObject([{ code: 'spring', isApplied: false, promotionId: promotion.id, reason: { code } }]);
    expect(found.size).toBe(0);
  });

  it.each<[string, Partial<PromotionRule>, Partial<PromotionFacts>, object]>([
    ['not_started', { startsAt: new Date('2026-03-01T12:00:01Z') }, {}, {}],
    ['ended', { endsAt: new Date('2026-03-01T12:00:00Z') }, {}, {}],
    ['code_disabled', {}, {}, { isDisabled: true }],
    ['code_used_up', {}, {}, { usageLimit: 2, used: 2 }],
    ['used_up', { id: 'limited', usageLimit: 3 }, { uses: { limited: [3, 0] } }, {}],
    ['used_up_by_customer', { id: 'limited', usageLimitPerCustomer: 1 }, { uses: { limited: [1, 1] } }, {}],
  ])('says %s of a code that is not valid', (code, terms, more, ofCode) => {
    const promotion = rule([percentage('10')], { isAutomatic: false, ...terms });
    const known = { id: 'c', promotionId: promotion.id, isDisabled: false, usageLimit: null, used: 0, ...ofCode };
    const asked = facts({ codes: { SPRING: known }, ...more });
    const { outcomes } = applyPromotions(purchase(lines, { codes: ['SPRING'] }), rulesOf([promotion]), asked);
    expect(outcomes).toMatchObject([{ isApplied: false, reason: { code } }]);
  });

  it('tells of unknown codes, and nothing of promotions that apply by themselves and do not', () => {
    const unmet = rule([percentage('10')], { conditions: [{ type: 'minimum_quantity', quantity: 2 }] });
    const { outcomes } = applyPromotions(purchase(lines, { codes: ['NIL'] }), rulesOf([unmet]), facts());
    expect(outcomes).toMatchObject([{ code: 'NIL', promotionId: null, reason: { code: 'code_unknown' } }]);
  });

  it('counts those that are limited, by themselves or by their code', () => {
    const free = rule([percentage('10')]);
    const limited = rule([percentage('10')], { usageLimit: 5 });
    const byCode = rule([percentage('10')], { isAutomatic: false });
    const known = { id: 'c', promotionId: byCode.id, isDisabled: false, usageLimit: 1, used: 0 };
    const { uses } = applyPromotions(
      purchase(lines, { codes: ['one'] }),
      rulesOf([free, limited, byCode]),
      facts({ codes: { ONE: known } }),
    );
    expect(uses).toEqual([
      { promotionId: limited.id, code: null, codeId: null },
      { promotionId: byCode.id, code: 'one', codeId: 'c' },
    ]);
  });

  it('does not apply one that another process has given a condition which this one does not know', () => {
    expect(readPart(CONDITIONS, { type: 'phase_of_the_moon' })).toBeUndefined();
    expect(readPart(CONDITIONS, { type: 'toString' })).toBeUndefined();
    expect(readPart(CONDITIONS, null)).toBeUndefined();
  });
});

describe('promotions of any kind', () => {
  const items = fc.option(fc.record({ variantIds: fc.subarray(['v0', 'v1', 'v2', 'v3', 'v4'], { minLength: 1 }) }), {
    nil: undefined,
  });
  const percent = fc.integer({ min: 1, max: 1_000_000 }).map((parts) => (parts / 10_000).toFixed(4));
  const amounts = fc.nat(100_000).map(eur);
  const few = fc.integer({ min: 1, max: 4 });
  const perLine = fc.oneof(
    fc.record({ type: fc.constant('percentage'), percent, items }),
    fc.record({ type: fc.constant('fixed_per_piece'), amounts, items }),
  );
  const effect = fc.oneof(
    perLine,
    fc.record({ type: fc.constant('fixed_amount'), amounts, items }),
    fc.record({ type: fc.constant('free_shipping') }),
    fc.record({
      type: fc.constant('tiered'),
      items,
      tiers: fc.array(fc.record({ minimumQuantity: few, percent }), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      type: fc.constant('buy_get'),
      buyQuantity: few,
      buyItems: items,
      getQuantity: few,
      getItems: items,
      percent,
    }),
  );
  const promotions = (effects: fc.Arbitrary<object>) =>
    fc.array(fc.record({ effects: fc.array(effects, { minLength: 1, maxLength: 3 }), isExclusive: fc.boolean() }), {
      minLength: 1,
      maxLength: 5,
    });
  const goods = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('v0', 'v1', 'v2', 'v3', 'v4'),
      unitPrice: fc.nat(50_000),
      quantity: fc.integer({ min: 1, max: 30 }),
    }),
    { minLength: 1, maxLength: 5, selector: ({ name }) => name },
  );
  const linesOf = (all: readonly { name: string; unitPrice: number; quantity: number }[]) =>
    all.map(({ name, unitPrice, quantity }) => line(name, unitPrice, quantity));

  it('never take more off a line than it comes to, nor an amount below nothing (M5)', () => {
    fc.assert(
      fc.property(goods, promotions(effect), (bought, made) => {
        const lines = linesOf(bought);
        const rules = rulesOf(made.map(({ effects, isExclusive }) => rule(effects, { isExclusive })));
        const result = applyPromotions(purchase(lines), rules, null);
        for (const { key, quantity, unitPrice } of lines) {
          const taken = result.lines.get(key) ?? [];
          expect(taken.every(({ amount }) => Number.isSafeInteger(amount) && amount > 0)).toBe(true);
          expect(taken.reduce((sum, { amount }) => sum + amount, 0)).toBeLessThanOrEqual(quantity * unitPrice);
        }
        const offShipping = result.offShipping(490).reduce((sum, { amount }) => sum + amount, 0);
        expect(offShipping).toBeGreaterThanOrEqual(0);
        expect(offShipping).toBeLessThanOrEqual(490);
      }),
    );
  });

  it('spread exactly the amount that comes off, unless the goods come to less (M4)', () => {
    fc.assert(
      fc.property(goods, fc.nat(10_000_000), (bought, amount) => {
        const lines = linesOf(bought);
        const taken = Object.values(off(lines, [rule([{ type: 'fixed_amount', amounts: eur(amount) }])]));
        const subtotal = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
        expect(taken.reduce((sum, one) => sum + one, 0)).toBe(Math.min(amount, subtotal));
      }),
    );
  });

  it('cost the same in whatever order the lines stand', () => {
    fc.assert(
      fc.property(goods, promotions(effect), fc.nat(), (bought, made, turn) => {
        const lines = linesOf(bought);
        const turned = [...lines.slice(turn % lines.length), ...lines.slice(0, turn % lines.length)].reverse();
        const rules = made.map(({ effects, isExclusive }) => rule(effects, { isExclusive }));
        expect(off(turned, rules)).toEqual(off(lines, rules));
      }),
    );
  });

  it('never make one line dearer because of another one, where they look at each line by itself', () => {
    fc.assert(
      fc.property(goods, promotions(perLine), fc.nat(50_000), (bought, made, unitPrice) => {
        const lines = linesOf(bought);
        // What excludes others may begin to apply with a further line.
        const rules = made.map(({ effects }) => rule(effects));
        const alone = off(lines, rules);
        const together = off([...lines, line('another', unitPrice, 2)], rules);
        for (const { key } of lines) expect(together[key] ?? 0).toBe(alone[key] ?? 0);
      }),
    );
  });
});
