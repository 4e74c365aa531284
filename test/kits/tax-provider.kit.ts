import type { TaxProvider, TaxQuestion, TaxQuote } from '../../src/orders/tax/tax-provider.js';
import { type Fault, FAULTS } from './stand-in.js';

export interface TaxSandbox {
  readonly provider: TaxProvider;
  /** Somewhere the company knows a tax of. */
  readonly place: TaxQuestion['place'];
  readonly currency: string;
  /** Lets something go wrong, until it is called with null. */
  fail(fault: Fault | null): void | Promise<void>;
  stop?(): Promise<void>;
}

/** How long a test waits for an answer, and for one that it knows will not come. */
const PATIENCE_MS = 60_000;
const IMPATIENCE_MS = 200;
const AT_ONCE = 20;

/**
 * Holds a provider of taxes that is asked to the contract of `TaxProvider`.
 *
 * @param make Called once, before the first test.
 */
export function describeTaxProvider(name: string, make: () => TaxSandbox | Promise<TaxSandbox>): void {
  describe(`${name}, as a provider of taxes`, () => {
    let sandbox: TaxSandbox;
    beforeAll(async () => {
      sandbox = await make();
    });
    afterEach(() => sandbox.fail(null));
    afterAll(() => sandbox.stop?.());

    const question = (pricesIncludeTax: boolean, ...amounts: number[]): TaxQuestion => ({
      currency: sandbox.currency,
      pricesIncludeTax,
      place: sandbox.place,
      items: amounts.map((amount, index) => ({ amount, taxCategory: 'standard', isShipping: index === 2 })),
    });
    const ask = (asked: TaxQuestion, patienceMs = PATIENCE_MS): Promise<TaxQuote> =>
      sandbox.provider.quote!(asked, AbortSignal.timeout(patienceMs));
    const sum = (taxes: TaxQuote['items'][number]) => taxes.reduce((all, { amount }) => all + amount, 0);

    it('is offered with the settings of its sandbox, and is asked', () => {
      expect([sandbox.provider.isOffered, typeof sandbox.provider.quote]).toEqual([true, 'function']);
    });

    it.each([true, false])(
      'tells what each item bears, in whole minor units that add up; prices include tax: %s',
      async (included) => {
        const asked = question(included, 10_000, 3_333, 499, 0);
        const { items, total } = await ask(asked);
        expect(items).toHaveLength(4);
        for (const tax of items.flat()) {
          expect(tax).toMatchObject({ name: expect.any(String), rate: expect.stringMatching(/^\d+(\.\d{1,6})?$/) });
          expect(Number.isSafeInteger(tax.amount) && tax.amount >= 0).toBe(true);
        }
        expect(sum(items[0]!)).toBeGreaterThan(0);
        expect(sum(items[3]!)).toBe(0);
        expect(sum(items.flat())).toBe(total);
        if (included)
          items.forEach((taxes, index) => expect(sum(taxes)).toBeLessThanOrEqual(asked.items[index]!.amount));
      },
    );

    it('gives the same answer to the same question, also at the same moment', async () => {
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => ask(question(false, 1_999))));
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    });

    it.each(FAULTS)('raises when the company is %s, within the wait, and works again afterwards', async (fault) => {
      await sandbox.fail(fault);
      const begun = Date.now();
      await expect(ask(question(false, 1_000), IMPATIENCE_MS)).rejects.toThrow();
      expect(Date.now() - begun).toBeLessThan(PATIENCE_MS);
      await sandbox.fail(null);
      expect((await ask(question(false, 1_000))).items).toHaveLength(1);
    });
  });
}
