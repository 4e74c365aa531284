import fc from 'fast-check';
import { parseDecimal } from '../../common/money/currencies.js';
import { allocate } from '../../common/money/money.js';
import { calculateTaxes, type Taxable, type TaxResult } from './calculate-taxes.js';
import { postalCodeRange } from './tax-place.js';
import { type TaxFacts, type TaxRule, TAX_RULES, type TaxRules } from './tax-rules.js';

let ids = 0;
const rate = (country: string, percentage: string, overrides: Partial<TaxRule> = {}): TaxRule => ({
  id: `rate-${String(++ids).padStart(4, '0')}`,
  name: 'VAT',
  rate: percentage,
  country,
  region: null,
  postalCodes: [],
  category: 'standard',
  priority: 1,
  isCompound: false,
  appliesToShipping: true,
  validFrom: null,
  validTo: null,
  ...overrides,
});

const EXCLUSIVE: TaxRules['settings'] = {
  pricesIncludeTax: false,
  exceptCurrencies: [],
  defaultCountry: null,
  defaultRegion: null,
  timeZone: 'UTC',
};
const INCLUSIVE: TaxRules['settings'] = { ...EXCLUSIVE, pricesIncludeTax: true };
const rulesOf = (rates: readonly TaxRule[], settings = EXCLUSIVE): TaxRules => TAX_RULES.read({ settings, rates });

interface Case {
  to?: { countryCode: string; region?: string; postalCode?: string } | null;
  currency?: string;
  now?: string;
  exemption?: TaxFacts;
}

const taxes = (
  rules: TaxRules,
  taxables: readonly Partial<Taxable>[],
  { to = { countryCode: 'DE' }, currency = 'EUR', now = '2026-01-15T12:00:00Z', exemption }: Case = {},
): TaxResult =>
  calculateTaxes(
    { currency, destination: to, now: new Date(now) },
    taxables.map((one, index) => ({ key: String(index), amount: 0, taxCategory: 'standard', ...one })),
    rules,
    exemption ?? null,
  );

/** What each tax of one amount of 100.00 (or as given) comes to, by name. */
const on = (rules: TaxRules, amount: number, where: Case = {}, taxable: Partial<Taxable> = {}) =>
  Object.fromEntries(
    taxes(rules, [{ amount, ...taxable }], where).amounts[0]!.taxes.map(({ name, amount: tax }) => [name, tax]),
  );

describe('calculateTaxes', () => {
  describe('agrees with what tax offices publish', () => {
    const canada = (region: string): Case => ({ to: { countryCode: 'CA', region }, currency: 'CAD' });
    const GST = rate('CA', '0.05', { name: 'GST' });
    const QST = { name: 'QST', region: 'QC', priority: 2, isCompound: true };

    it.each([
      // Revenu Québec, "Changes to the QST system", 17 December 2012: QST on the price and the GST until 2012, on the price since.
      ['Québec in 2012', [GST, rate('CA', '0.095', QST)], 10000, { GST: 500, QST: 998 }],
      ['Québec since 2013', [GST, rate('CA', '0.09975', { ...QST, isCompound: false })], 10000, { GST: 500, QST: 998 }],
      // Revenu Québec, "General information" on QST and GST as of February 2008.
      ['Québec in 2008', [GST, rate('CA', '0.075', QST)], 10000, { GST: 500, QST: 788 }],
    ])('in %s', (_, rates, amount, expected) => {
      expect(on(rulesOf(rates), amount, canada('QC'))).toEqual(expected);
    });

    it('in British Columbia: GST of 5 % and PST of 7 %, each on the price (Canada Revenue Agency, Government of B.C.)', () => {
      const rules = rulesOf([GST, rate('CA', '0.07', { name: 'PST', region: 'BC', priority: 2 })]);
      expect(on(rules, 10000, canada('BC'))).toEqual({ GST: 500, PST: 700 });
      expect(on(rules, 10000, canada('AB'))).toEqual({ GST: 500 });
    });

    it('in Germany: 119.00 contains 19.00, 107.00 contains 7.00 (sections 12 and 14 UStG), 10 000.00 contains 1 596.64', () => {
      const rules = rulesOf([rate('DE', '0.19'), rate('DE', '0.07', { category: 'books' })], INCLUSIVE);
      expect(on(rules, 11900)).toEqual({ VAT: 1900 });
      expect(on(rules, 10700, {}, { taxCategory: 'books' })).toEqual({ VAT: 700 });
      expect(on(rules, 1_000_000)).toEqual({ VAT: 159_664 });
    });

    it('in Germany in 2020: 16 % from July to December, by the midnights of Berlin (Zweites Corona-Steuerhilfegesetz)', () => {
      const settings = { ...EXCLUSIVE, timeZone: 'Europe/Berlin' };
      const half = rate('DE', '0.16', { validFrom: '2020-07-01', validTo: '2020-12-31' });
      const rules = rulesOf([rate('DE', '0.19'), half], settings);
      const at = (now: string) => on(rules, 10000, { now }).VAT;
      expect(at('2020-06-30T21:59:59Z')).toBe(1900);
      expect(at('2020-06-30T22:00:00Z')).toBe(1600);
      expect(at('2020-12-31T22:59:59Z')).toBe(1600);
      expect(at('2020-12-31T23:00:00Z')).toBe(1900);
    });

    it('in the United Kingdom: the VAT fraction is 1/6 at 20 % and 1/21 at 5 % (HMRC Notice 700)', () => {
      const rules = rulesOf([rate('GB', '0.2'), rate('GB', '0.05', { category: 'reduced' })], INCLUSIVE);
      const where = { to: { countryCode: 'GB' }, currency: 'GBP' };
      expect(on(rules, 24000, where)).toEqual({ VAT: 4000 });
      expect(on(rules, 21000, where, { taxCategory: 'reduced' })).toEqual({ VAT: 1000 });
      // To the nearer penny: 0.6667 of a pound (HMRC manual VATREC12010).
      expect(on(rules, 400, where)).toEqual({ VAT: 67 });
    });

    it('in California: state, county and district add up to 9.5 % in Los Angeles (CDTFA, rates of July 2019)', () => {
      const at = (name: string, share: string, priority: number, postalCodes: string[] = []) =>
        rate('US', share, { name, region: 'CA', priority, postalCodes });
      const districts = at('Los Angeles districts', '0.0225', 3, ['90001..90899']);
      const rules = rulesOf([at('State', '0.06', 1), at('County', '0.0125', 2), districts]);
      const where = (postalCode: string) => ({ to: { countryCode: 'US', region: 'CA', postalCode }, currency: 'USD' });
      expect(on(rules, 10000, where('90012-1234'))).toEqual({ State: 600, County: 125, 'Los Angeles districts': 225 });
      expect(on(rules, 10000, where('96006'))).toEqual({ State: 600, County: 125 });
    });

    it('in Japan: 10 % and 8 % in whole yen (National Tax Agency)', () => {
      const rules = rulesOf([rate('JP', '0.1'), rate('JP', '0.08', { category: 'food' })]);
      const where = { to: { countryCode: 'JP' }, currency: 'JPY' };
      expect(on(rules, 1000, where)).toEqual({ VAT: 100 });
      expect(on(rules, 1080, where, { taxCategory: 'food' })).toEqual({ VAT: 86 });
      expect(on(rulesOf([rate('JP', '0.1')], INCLUSIVE), 1080, where)).toEqual({ VAT: 98 });
    });

    it('in Bahrain: fractions of a fils to the nearest one (article 55 of the executive regulations)', () => {
      const rules = rulesOf([rate('BH', '0.1')]);
      const where = { to: { countryCode: 'BH' }, currency: 'BHD' };
      const bhd = (text: string) => parseDecimal(text, 'BHD')!;
      expect(on(rules, bhd('0.397'), where)).toEqual({ VAT: bhd('0.040') });
      expect(on(rules, bhd('1.233'), where)).toEqual({ VAT: bhd('0.123') });
    });
  });

  describe('of each priority applies one rate', () => {
    const spain = rate('ES', '0.21');
    const books = rate('ES', '0.04', { category: 'books' });
    const canaries = rate('ES', '0.07', { name: 'IGIC', postalCodes: ['35', '38'] });
    const rules = rulesOf([spain, books, canaries]);
    const to = (postalCode?: string): Case => ({ to: { countryCode: 'ES', postalCode } });

    it('that of the nearest place', () => {
      expect(on(rules, 100, to('28001'))).toEqual({ VAT: 21 });
      expect(on(rules, 100, to())).toEqual({ VAT: 21 });
      expect(on(rules, 100, to('35001'))).toEqual({ IGIC: 7 });
      const longer = rate('ES', '0.03', { name: 'Town', postalCodes: ['3500'] });
      expect(on(rulesOf([canaries, longer]), 100, to('35001'))).toEqual({ Town: 3 });
    });

    it('there that of the category, and that of `standard` for a category without', () => {
      expect(on(rules, 100, to('28001'), { taxCategory: 'books' })).toEqual({ VAT: 4 });
      expect(on(rules, 100, to('35001'), { taxCategory: 'books' })).toEqual({ IGIC: 7 });
      expect(on(rules, 100, to('28001'), { taxCategory: 'toys' })).toEqual({ VAT: 21 });
    });

    it('and of these the one that began last', () => {
      const newer = rate('ES', '0.22', { validFrom: '2026-01-01' });
      expect(on(rulesOf([newer, spain]), 100, to())).toEqual({ VAT: 22 });
      expect(on(rulesOf([newer, spain]), 100, { ...to(), now: '2025-12-31T23:59:59Z' })).toEqual({ VAT: 21 });
    });

    it('to shipping only where it says so', () => {
      const goods = rate('DE', '0.19', { appliesToShipping: false });
      const shipping = rate('DE', '0.07', { category: 'shipping' });
      expect(on(rulesOf([goods]), 100, {}, { key: null })).toEqual({});
      expect(on(rulesOf([goods, shipping]), 100, {}, { key: null, taxCategory: 'shipping' })).toEqual({ VAT: 7 });
      expect(on(rulesOf([rate('DE', '0.19')]), 100, {}, { key: null, taxCategory: 'shipping' })).toEqual({ VAT: 19 });
    });
  });

  it('says why there is no tax', () => {
    const code = (result: TaxResult) => result.reasons.map((reason) => reason.code);
    expect(code(taxes(rulesOf([]), [{ amount: 100 }]))).toEqual(['no_tax_added']);
    expect(code(taxes(rulesOf([rate('DE', '0.19')]), [{ amount: 100 }], { to: null }))).toEqual(['no_address']);
    expect(taxes(rulesOf([rate('DE', '0.19')]), [{ amount: 100 }], { to: { countryCode: 'FR' } }).reasons).toEqual([
      { code: 'no_tax_rate', message: 'No tax rate of the shop applies in FR.' },
    ]);
    expect(code(taxes(rulesOf([rate('DE', '0.19')]), [{ amount: 100 }]))).toEqual([]);
  });

  it('takes the default place while there is no address', () => {
    const settings = { ...EXCLUSIVE, defaultCountry: 'CA', defaultRegion: 'QC' };
    const rules = rulesOf([rate('CA', '0.05'), rate('CA', '0.14975', { region: 'QC' })], settings);
    expect(on(rules, 10000, { to: null })).toEqual({ VAT: 1498 });
    expect(on(rules, 10000, { to: { countryCode: 'DE' } })).toEqual({});
  });

  it('has prices the other way round in the currencies that are excepted', () => {
    const rules = rulesOf([rate('DE', '0.19')], { ...INCLUSIVE, exceptCurrencies: ['USD'] });
    expect(taxes(rules, [{ amount: 11900 }])).toMatchObject({
      pricesIncludeTax: true,
      amounts: [{ taxes: [{ amount: 1900 }] }],
    });
    expect(taxes(rules, [{ amount: 10000 }], { currency: 'USD' })).toMatchObject({
      pricesIncludeTax: false,
      amounts: [{ taxes: [{ amount: 1900 }] }],
    });
  });

  it('charges who is exempt the net amount, in the countries it is for, and says why', () => {
    const exemption = { reason: 'Reverse charge', countries: ['FR'] };
    const rates = [rate('FR', '0.2'), rate('DE', '0.19')];
    const to = { countryCode: 'FR' };
    const included = taxes(rulesOf(rates, INCLUSIVE), [{ amount: 1200 }], { to, exemption });
    expect(included.amounts).toEqual([
      { taxes: [{ rateId: null, name: 'Reverse charge', rate: '0', amount: 0, place: 'FR' }], relief: 200 },
    ]);
    expect(included.reasons).toEqual([
      { code: 'tax_exempt', message: 'The customer is exempt in FR: Reverse charge.' },
    ]);
    expect(taxes(rulesOf(rates), [{ amount: 1200 }], { to, exemption }).amounts[0]).toMatchObject({ relief: 0 });
    expect(on(rulesOf(rates), 1000, { exemption })).toEqual({ VAT: 190 });
    expect(on(rulesOf(rates), 1000, { exemption: { ...exemption, countries: null } })).toEqual({ 'Reverse charge': 0 });
  });

  it('knows beginnings and ranges of postal codes, whatever blanks and hyphens they have', () => {
    expect(['90 001..908-99', 'sw1', 'BT'].map(postalCodeRange)).toEqual(['90001..90899', 'SW1', 'BT']);
    expect(['', '9..10', '20..10', '1..2..3', 'ä', '12345678901'].map(postalCodeRange)).toEqual(Array(6).fill(null));
  });

  describe('properties', () => {
    const share = fc.integer({ min: 0, max: 1_500_000 }).map((units) => {
      const text = String(units).padStart(7, '0');
      return `${text.slice(0, -6)}.${text.slice(-6)}`;
    });
    const rates = fc
      .array(fc.record({ rate: share, isCompound: fc.boolean() }), { minLength: 1, maxLength: 4 })
      .map((all) => all.map((one, index) => rate('DE', one.rate, { ...one, name: `T${index}`, priority: index + 1 })));
    const amount = fc.integer({ min: 0, max: 10_000_000_000 });
    const sum = (numbers: readonly number[]) => numbers.reduce((left, right) => left + right, 0);

    it('net and tax are gross exactly, and no tax is negative (M7)', () => {
      fc.assert(
        fc.property(rates, amount, fc.boolean(), (all, price, isIncluded) => {
          const [{ taxes: applied }] = taxes(rulesOf(all, isIncluded ? INCLUSIVE : EXCLUSIVE), [{ amount: price }])
            .amounts as [TaxResult['amounts'][number]];
          const parts = applied.map((tax) => tax.amount);
          expect(Math.min(...parts)).toBeGreaterThanOrEqual(0);
          const [net, gross] = isIncluded ? [price - sum(parts), price] : [price, price + sum(parts)];
          expect(net + sum(parts)).toBe(gross);
          expect(net).toBeGreaterThanOrEqual(0);
        }),
      );
    });

    it('is what exact fractions say, within half a minor unit, compound rates included', () => {
      fc.assert(
        fc.property(rates, amount, fc.boolean(), (all, price, isIncluded) => {
          // Independently: factors multiplied out over the denominator 10^24, instead of parts added up.
          const one = 10n ** 24n;
          let total = 0n;
          for (const { rate: text, isCompound } of all) {
            const units = BigInt(text.replace('.', ''));
            total += (units * (isCompound ? one + total : one)) / 1_000_000n;
          }
          const tax = sum(Object.values(on(rulesOf(all, isIncluded ? INCLUSIVE : EXCLUSIVE), price)));
          const [exact, whole] = isIncluded ? [BigInt(price) * total, one + total] : [BigInt(price) * total, one];
          const off = BigInt(tax) * whole - exact;
          expect(2n * (off < 0n ? -off : off) <= whole).toBe(true);
        }),
      );
    });

    it('lines do not depend on each other or on their order', () => {
      const lines = fc.array(fc.record({ amount, taxCategory: fc.constantFrom('standard', 'books') }), {
        maxLength: 20,
      });
      fc.assert(
        fc.property(rates, lines, fc.boolean(), (all, taxables, isIncluded) => {
          const rules = rulesOf(
            [...all, rate('DE', '0.07', { category: 'books' })],
            isIncluded ? INCLUSIVE : EXCLUSIVE,
          );
          const { amounts } = taxes(rules, taxables);
          expect(taxes(rules, [...taxables].reverse()).amounts).toEqual([...amounts].reverse());
          expect(amounts).toEqual(taxables.map((taxable) => taxes(rules, [taxable]).amounts[0]));
        }),
      );
    });

    it('who is exempt pays what everybody pays without tax', () => {
      fc.assert(
        fc.property(rates, amount, (all, price) => {
          const rules = rulesOf(all, INCLUSIVE);
          const exemption = { reason: 'x', countries: null };
          const [exempt] = taxes(rules, [{ amount: price }], { exemption }).amounts as [TaxResult['amounts'][number]];
          expect(exempt.relief).toBe(sum(Object.values(on(rules, price))));
        }),
      );
    });

    it('the tax of a line can be given back in any parts: cumulative shares add up to it', () => {
      const parts = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 20 });
      fc.assert(
        fc.property(rates, amount, parts, (all, price, pieces) => {
          const tax = sum(Object.values(on(rulesOf(all), price)));
          const quantity = sum(pieces);
          const upTo = (count: number) => (count === 0 ? 0 : allocate(tax, [count, quantity - count])[0]!);
          let returned = 0;
          const shares = pieces.map((count) => upTo((returned += count)) - upTo(returned - count));
          expect(sum(shares)).toBe(tax);
          expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
        }),
      );
    });
  });
});
