import { groupBy } from '../../common/group-by.js';
import type { FactSection, RuleSection } from '../pricing/rule-section.js';
import { plainRate, type TaxRate, type TaxSettings } from './tax-rate.entity.js';

/** A rate as taxes are calculated with it. */
export type TaxRule = Pick<
  TaxRate,
  | 'id'
  | 'name'
  | 'rate'
  | 'country'
  | 'region'
  | 'postalCodes'
  | 'category'
  | 'priority'
  | 'isCompound'
  | 'appliesToShipping'
  | 'validFrom'
  | 'validTo'
>;

/** The tax rates of the shop, and how its prices relate to them. */
export interface TaxRules {
  readonly settings: Pick<
    TaxSettings,
    'pricesIncludeTax' | 'exceptCurrencies' | 'defaultCountry' | 'defaultRegion' | 'timeZone'
  >;
  /** By country. */
  readonly rates: ReadonlyMap<string, readonly TaxRule[]>;
}

/** Why a customer is exempt. */
export interface TaxFacts {
  readonly reason: string;
  /** Where; null for everywhere. */
  readonly countries: readonly string[] | null;
}

/** Days that are long over are left out; whether one is over now is decided when something is priced. */
export const TAX_RULES: RuleSection<TaxRules> = {
  sql: `SELECT json_build_object(
      'settings', (SELECT json_build_object('pricesIncludeTax', prices_include_tax, 'exceptCurrencies', except_currencies,
        'defaultCountry', default_country, 'defaultRegion', default_region, 'timeZone', time_zone) FROM tax_settings),
      'rates', (SELECT coalesce(json_agg(json_build_object('id', id, 'name', name, 'rate', rate::text, 'country', country,
        'region', region, 'postalCodes', postal_codes, 'category', category, 'priority', priority, 'isCompound', is_compound,
        'appliesToShipping', applies_to_shipping, 'validFrom', valid_from, 'validTo', valid_to) ORDER BY id), '[]')
        FROM tax_rates WHERE status = 'active' AND (valid_to IS NULL OR valid_to >= current_date - 2)))`,
  read(value) {
    const { settings, rates } = value as { settings: TaxRules['settings']; rates: TaxRule[] };
    return {
      settings,
      rates: groupBy(
        rates.map((one) => ({ ...one, rate: plainRate(one.rate) })),
        ({ country }) => country,
      ),
    };
  },
};

export const TAX_FACTS: FactSection<TaxRules, TaxFacts | null> = {
  sql: `SELECT json_build_object('reason', reason, 'countries', countries) FROM tax_exemptions
    WHERE user_id = $1 AND granted_at IS NOT NULL AND (expires_at IS NULL OR expires_at > now())`,
  isNeeded: ({ rates }, { customer }) => rates.size > 0 && customer.id !== null,
  read: (value) => value as TaxFacts | null,
};
