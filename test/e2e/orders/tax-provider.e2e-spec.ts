import type { CartResponseDto } from '../../../src/orders/carts/dto/cart-response.dto.js';
import { TaxProvider, type TaxQuestion, type TaxQuote } from '../../../src/orders/tax/tax-provider.js';
import { TaxQuotes } from '../../../src/orders/tax/tax-quotes.js';
import { TransactionRunner } from '../../../src/database/transaction-runner.js';
import { createCart, holderOf } from '../../factories/cart.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { createStaff, unique } from '../../factories/user.factory.js';
import { describeTaxProvider } from '../../kits/tax-provider.kit.js';
import { StandIn } from '../../kits/stand-in.js';
import { expectInvariants } from '../../support/invariants.js';
import { TestApp } from '../../support/test-app.js';

const LISBON = { name: 'Inês', line1: 'Rua Augusta 1', city: 'Lisboa', postalCode: '1100-048', countryCode: 'PT' };

/** A company that is asked over HTTP: 23 % in Portugal, rounded down. */
class RemoteTaxes extends TaxProvider {
  override readonly isOffered = true;
  asked = 0;
  inTransaction = 0;
  change = (quote: TaxQuote): TaxQuote => quote;

  constructor(
    private readonly origin: string,
    private readonly transactions?: TransactionRunner,
  ) {
    super();
  }

  override readonly quote = async (question: TaxQuestion, signal: AbortSignal): Promise<TaxQuote> => {
    this.asked++;
    if (this.transactions?.isOpen) this.inTransaction++;
    const response = await fetch(`${this.origin}/quotes`, { method: 'POST', body: JSON.stringify(question), signal });
    const quote = (await response.json()) as TaxQuote;
    if (!response.ok || !Array.isArray(quote.items)) throw new Error('no quote');
    return this.change(quote);
  };
}

const startCompany = () =>
  StandIn.start(({ body }) => {
    const { items, pricesIncludeTax } = body as TaxQuestion;
    const taxes = items.map(({ amount }) =>
      amount === 0
        ? []
        : [{ name: 'IVA', rate: '0.23', amount: Math.floor(pricesIncludeTax ? (amount * 23) / 123 : amount * 0.23) }],
    );
    return { json: { items: taxes, total: taxes.flat().reduce((sum, { amount }) => sum + amount, 0) } };
  });

describeTaxProvider('a company that is asked over HTTP', async () => {
  const company = await startCompany();
  return {
    provider: new RemoteTaxes(company.origin),
    place: { country: 'PT', region: null, postalCode: '1100-048' },
    currency: 'EUR',
    fail: (fault) => void (company.fault = fault),
    stop: () => company.stop(),
  };
});

describe('taxes of another company', () => {
  let app: TestApp;
  let company: StandIn;
  let provider: RemoteTaxes;
  let own: TaxQuotes['calculate'];

  beforeAll(async () => {
    [app, company] = [await TestApp.start(), await startCompany()];
  });
  beforeEach(() => {
    provider = new RemoteTaxes(company.origin, app.database);
    const quotes = app.app.get(TaxQuotes, { strict: false });
    own = quotes.calculate;
    // As if the settings asked for it: each test with a company that has been asked nothing yet.
    Object.assign(quotes, { calculate: new TaxQuotes(provider).calculate });
  });
  afterEach(async () => {
    Object.assign(app.app.get(TaxQuotes, { strict: false }), { calculate: own });
    company.fault = null;
    expect(provider.inTransaction).toBe(0);
    await expectInvariants(app);
  });
  afterAll(async () => {
    await company.stop();
    await app.close();
  });

  const cartOf = async (amount: number, quantity = 1) => {
    const variants = [{ sku: `REMOTE-${unique()}`, prices: [{ amount, currency: 'EUR' }] }];
    const product = await createProduct(app, { variants });
    const lines = [{ variantId: product.variants[0]!.id, quantity }];
    return createCart(app, { lines, email: `tax-${unique()}@example.com` });
  };
  const address = (cart: Parameters<typeof holderOf>[0]) =>
    app.put(`/carts/${cart.id}/addresses`, { shippingAddress: LISBON }, holderOf(cart));

  it('are asked for outside of any transaction, once a question, and are what the order costs', async () => {
    const cart = await cartOf(999, 3);
    expect([cart.taxTotal.amount, provider.asked]).toEqual([0, 0]);
    const answer = await address(cart);
    // 2997 × 0.23 = 689.31
    expect(answer.json<CartResponseDto>()).toMatchObject({ taxTotal: { amount: 689 }, total: { amount: 3686 } });
    const read = await app.get(`/carts/${cart.id}`, holderOf(cart));
    const { total } = read.json<CartResponseDto>();
    const placed = await app.post(
      '/orders',
      { cartId: cart.id, expectedTotal: total },
      { key: true, ...holderOf(cart) },
    );
    expect([placed.statusCode, placed.json()]).toEqual([
      201,
      expect.objectContaining({ taxTotal: { amount: 689, currency: 'EUR' }, total }),
    ]);
    expect(placed.json().lines[0].taxes).toMatchObject([{ rateId: null, name: 'IVA', rate: '0.23' }]);
    expect(provider.asked).toBe(1);
  });

  it('are fetched by a read that finds none, and by an order that is the first to ask', async () => {
    const cart = await cartOf(1000);
    await app.database.execute(`UPDATE carts SET shipping_address = $2 WHERE id = $1`, [cart.id, LISBON]);
    expect((await app.get(`/carts/${cart.id}`, holderOf(cart))).json().taxTotal.amount).toBe(230);
    const other = await cartOf(2000);
    await app.database.execute(`UPDATE carts SET shipping_address = $2 WHERE id = $1`, [other.id, LISBON]);
    const placed = await app.post('/orders', { cartId: other.id }, { key: true, ...holderOf(other) });
    expect([placed.statusCode, placed.json().taxTotal?.amount]).toEqual([201, 460]);
    expect(provider.asked).toBe(2);
  });

  it('are asked for once by 20 who want to know the same at the same moment', async () => {
    const cart = await cartOf(1000);
    await app.database.execute(`UPDATE carts SET shipping_address = $2 WHERE id = $1`, [cart.id, LISBON]);
    const answers = await Promise.all(Array.from({ length: 20 }, () => app.get(`/carts/${cart.id}`, holderOf(cart))));
    expect(new Set(answers.map((answer) => answer.json().taxTotal.amount))).toEqual(new Set([230]));
    expect(provider.asked).toBe(1);
  });

  it.each(['down', 'failing', 'garbled'] as const)(
    'answer 503 with Retry-After and change nothing while the company is %s',
    async (fault) => {
      company.fault = fault;
      const cart = await cartOf(1000);
      const answer = await address(cart);
      expect([answer.statusCode, answer.json().code]).toEqual([503, expect.any(String)]);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      expect((await app.get(`/carts/${cart.id}`, holderOf(cart))).json()).toMatchObject({
        shippingAddress: null,
        version: cart.version,
      });
    },
  );

  it('are refused when they do not add up, are negative or no whole units, or leave out items', async () => {
    const changes: ((quote: TaxQuote) => TaxQuote)[] = [
      (quote) => ({ ...quote, total: quote.total + 1 }),
      ({ items }) => ({ items: items.map((taxes) => taxes.map((tax) => ({ ...tax, amount: -1 }))), total: -1 }),
      ({ items }) => ({ items: items.map((taxes) => taxes.map((tax) => ({ ...tax, amount: 0.5 }))), total: 0.5 }),
      ({ total }) => ({ items: [], total }),
    ];
    for (const [index, change] of changes.entries()) {
      provider.change = change;
      expect((await address(await cartOf(1000 + index))).statusCode).toBe(503);
    }
  });

  it('give way to the shop’s own rates for the country, where there are any', async () => {
    company.fault = 'failing';
    const staff = await createStaff(app, ['settings:write']);
    const body = { name: 'IVA', rate: '0.22', country: 'PT' };
    const rate = (await app.post('/tax-rates', body, { token: staff.token })).json<{ id: string }>();
    const cart = await cartOf(1000);
    expect((await address(cart)).json<CartResponseDto>().taxTotal.amount).toBe(220);
    await app.delete(`/tax-rates/${rate.id}`, { token: staff.token });
  });
});
