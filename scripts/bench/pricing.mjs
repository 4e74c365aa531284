// What Node takes to price a full cart: 20 lines, 50 active promotions that all apply, three tax rates on every line, and shipping.
import { newId } from '../../dist/common/ids.js';
import { pricePurchase } from '../../dist/orders/pricing/price-purchase.js';
import { RULE_SECTIONS } from '../../dist/orders/pricing/pricing-rules.js';

const CURRENCY = 'EUR';
const LINES = 20;
const PROMOTIONS = 50;
const WARM_UP = 200;

/** @returns microseconds of processor time for one purchase. */
export function pricingMicros(rounds) {
  const rules = {
    version: 1,
    promotions: RULE_SECTIONS.promotions.read({ promotions: Array.from({ length: PROMOTIONS }, promotion), below: {} }),
    shipping: RULE_SECTIONS.shipping.read({ zones: [], methods: [METHOD] }),
    taxes: RULE_SECTIONS.taxes.read({ settings: SETTINGS, rates: ['0.05', '0.09975', '0.01'].map(rate) }),
  };
  const purchase = {
    currency: CURRENCY,
    customer: { id: null, email: 'bench@example.org' },
    destination: { countryCode: 'CA', region: 'QC', postalCode: 'H3B 4W8' },
    lines: Array.from({ length: LINES }, line),
    codes: [],
    shippingMethod: METHOD.id,
    shippingPrice: null,
    isShippingMandatory: false,
    now: new Date(),
  };
  const price = () => pricePurchase(purchase, rules, { promotions: null, taxes: null });
  const { promotions, lines } = price();
  if (promotions.length !== PROMOTIONS || lines.some(({ taxes }) => taxes.length !== 3))
    throw new Error('not every promotion and tax applies');
  for (let round = 0; round < WARM_UP; round++) price();
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round++) price();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / rounds;
}

const line = (_, index) => ({
  key: String(index),
  variantId: newId(),
  productId: newId(),
  categoryIds: [newId()],
  taxCategory: 'standard',
  weightGrams: 250,
  requiresShipping: true,
  quantity: 1 + (index % 5),
  unitPrice: 1999 + index,
  isDiscountable: true,
});

const promotion = (_, index) => ({
  id: newId(),
  name: `Promotion ${index}`,
  isAutomatic: true,
  isExclusive: false,
  startsAt: null,
  endsAt: null,
  usageLimit: null,
  usageLimitPerCustomer: null,
  conditions: [{ type: 'minimum_subtotal', amounts: [{ amount: 1000, currency: CURRENCY }] }],
  effects: [
    index % 2 === 0
      ? { type: 'percentage', percent: '1' }
      : { type: 'fixed_amount', amounts: [{ amount: 25, currency: CURRENCY }] },
  ],
});

const SETTINGS = {
  pricesIncludeTax: false,
  exceptCurrencies: [],
  defaultCountry: null,
  defaultRegion: null,
  timeZone: 'UTC',
};

const rate = (text, priority) => ({
  id: newId(),
  name: `Tax ${priority}`,
  rate: text,
  country: 'CA',
  region: priority === 0 ? null : 'QC',
  postalCodes: [],
  category: 'standard',
  priority,
  isCompound: priority === 2,
  appliesToShipping: true,
  validFrom: null,
  validTo: null,
});

const METHOD = {
  id: newId(),
  code: 'standard',
  name: 'Standard',
  description: null,
  taxCategory: 'standard',
  zoneIds: [],
  locationId: null,
  estimatedDaysMin: null,
  estimatedDaysMax: null,
  pricing: { type: 'flat', prices: [{ amount: 490, currency: CURRENCY }] },
  freeFrom: [],
  minSubtotal: [],
  maxSubtotal: [],
  minWeightGrams: null,
  maxWeightGrams: null,
  defaultWeightGrams: null,
};
