import { COUNTRIES, type Feature, METHODS, PROMOTIONS } from './expectation.js';
import type { ShopClient } from './shop-client.js';

/** What was made for the simulation, in the order in which it is removed. */
const OF_FEATURE = { promotions: ['promotions'], shipping: ['shipping-methods', 'shipping-zones'], tax: ['tax-rates'] };

/** The tax rates, shipping methods and promotions of a simulation, through the API of the shop. */
export class ShopRules {
  private readonly made: { kind: string; id: string }[] = [];

  constructor(
    private readonly shop: ShopClient,
    private readonly adminToken: string,
    private readonly run: string,
    private readonly currency: string,
    private readonly features: ReadonlySet<Feature>,
  ) {}

  /** A code or a method of this simulation. */
  nameOf(kind: string): string {
    return `sim-${this.run}-${kind}`;
  }

  /** @throws Error when the shop has rates of its own where the orders go. */
  async make(): Promise<void> {
    if (this.features.has('tax')) await this.makeTaxRates();
    if (this.features.has('shipping')) await this.makeShipping();
    if (this.features.has('promotions')) await this.makePromotions();
  }

  /** Whether prices contain their tax. */
  async includeTax(): Promise<boolean> {
    const { pricesIncludeTax, exceptCurrencies } = await this.shop.get<{
      pricesIncludeTax: boolean;
      exceptCurrencies: string[];
    }>('/tax-settings', this.adminToken);
    return pricesIncludeTax !== exceptCurrencies.includes(this.currency);
  }

  /** Removes what was made; orders keep what they say of it. */
  async remove(): Promise<void> {
    for (const kind of Object.values(OF_FEATURE).flat())
      for (const { id } of this.made.filter((one) => one.kind === kind))
        await this.shop.expect({ method: 'DELETE', path: `/${kind}/${id}`, token: this.adminToken });
  }

  private async makeTaxRates(): Promise<void> {
    for (const { code, rates } of COUNTRIES) {
      const { data } = await this.shop.get<{ data: unknown[] }>(`/tax-rates?country=${code}`, this.adminToken);
      if (data.length > 0) throw new Error(`The shop has tax rates for ${code}; leave tax out: --with=shipping,…`);
      for (const [index, rate] of rates.entries()) {
        const name = `Simulated tax ${index + 1}`;
        await this.create('tax-rates', { name, rate, country: code, priority: index + 1, isCompound: index > 0 });
      }
    }
  }

  private async makeShipping(): Promise<void> {
    const areas = COUNTRIES.map(({ code }) => ({ countryCode: code }));
    const zone = await this.create('shipping-zones', { name: this.nameOf('zone'), areas });
    for (const [kind, { price, freeFrom }] of Object.entries(METHODS)) {
      await this.create('shipping-methods', {
        code: this.nameOf(kind),
        name: `Simulated ${kind}`,
        zoneIds: [zone],
        pricing: { type: 'flat', prices: [this.money(price)] },
        ...(freeFrom === null ? {} : { freeFrom: [this.money(freeFrom)] }),
      });
    }
  }

  /** The automatic one is older, so it applies first. */
  private async makePromotions(): Promise<void> {
    const { automatic, byCode } = PROMOTIONS;
    await this.create('promotions', {
      name: 'Simulated discount',
      isAutomatic: true,
      conditions: [{ type: 'minimum_subtotal', amounts: [this.money(automatic.from)] }],
      effects: [{ type: 'percentage', percent: String(automatic.percent) }],
    });
    const id = await this.create('promotions', {
      name: 'Simulated code',
      effects: [{ type: 'percentage', percent: String(byCode.percent) }, { type: 'free_shipping' }],
    });
    const body = { codes: [{ code: this.nameOf('code') }] };
    await this.shop.expect({ method: 'POST', path: `/promotions/${id}/codes`, token: this.adminToken, body });
  }

  private async create(kind: string, body: object): Promise<string> {
    const key = `${this.nameOf(kind)}-${this.made.length}`;
    const request = { method: 'POST' as const, path: `/${kind}`, token: this.adminToken, key, body };
    const { id } = await this.shop.expect<{ id: string }>(request);
    this.made.push({ kind, id });
    return id;
  }

  private money(amount: number): { amount: number; currency: string } {
    return { amount, currency: this.currency };
  }
}
