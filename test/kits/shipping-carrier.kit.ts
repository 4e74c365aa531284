import {
  type CarrierParcel,
  CarrierUnreachableError,
  type ShippingCarrier,
} from '../../src/orders/shipping/carriers/shipping-carrier.js';
import { type Fault, FAULTS } from './stand-in.js';

export interface CarrierSandbox {
  readonly carrier: ShippingCarrier;
  /** Where it carries to. */
  readonly destination: Parameters<ShippingCarrier['rates']>[1];
  /** The reference of an offer whose label can be bought; left out where the carrier sells none. */
  readonly label?: { readonly reference: string };
  /** Lets something go wrong, until it is called with null. */
  fail(fault: Fault | null): void | Promise<void>;
  stop?(): Promise<void>;
}

/** Light and heavy, in currencies with two decimals, none and three (ISO 4217). */
const PARCELS: readonly CarrierParcel[] = [
  { weightGrams: 0, currency: 'EUR' },
  { weightGrams: 1250, currency: 'JPY' },
  { weightGrams: 20_000, currency: 'KWD' },
  { weightGrams: 50_000_000, currency: 'EUR' },
];
/** How long a test waits for an answer, and for one that it knows will not come. */
const PATIENCE_MS = 60_000;
const IMPATIENCE_MS = 200;

/**
 * Holds a carrier to the contract of `ShippingCarrier`.
 *
 * @param make Called once, before the first test.
 * @param options The faults that the sandbox can show; all of them by default.
 */
export function describeShippingCarrier(
  name: string,
  make: () => CarrierSandbox | Promise<CarrierSandbox>,
  { faults = FAULTS }: { faults?: readonly Fault[] } = {},
): void {
  describe(`${name}, as a shipping carrier`, () => {
    let sandbox: CarrierSandbox;
    beforeAll(async () => {
      sandbox = await make();
    });
    afterAll(() => sandbox.stop?.());
    const patience = () => AbortSignal.timeout(PATIENCE_MS);
    const rates = (parcel = PARCELS[1]!, signal = patience()) =>
      sandbox.carrier.rates(parcel, sandbox.destination, signal);

    it('is offered with the settings of its sandbox', () => {
      expect(sandbox.carrier.isOffered).toBe(true);
    });

    it.each(PARCELS)(
      'names each service once, in whole minor units, for $weightGrams g in $currency',
      async (parcel) => {
        const answer = await rates(parcel);
        expect(new Set(answer.map(({ service }) => service)).size).toBe(answer.length);
        for (const { service, amount, reference } of answer) {
          expect(service).not.toBe('');
          expect(Number.isSafeInteger(amount) && amount >= 0).toBe(true);
          expect(reference === null || typeof reference === 'string').toBe(true);
        }
      },
    );

    it('carries an ordinary parcel, and says the same to eight questions at once', async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => rates()));
      expect(answers[0]!.length).toBeGreaterThan(0);
      for (const answer of answers) expect(answer).toEqual(answers[0]);
    });

    it('tells where a parcel is by a link on the web, whatever its number', () => {
      for (const number of ['JD0002', 'A 1/&?#', 'ü']) {
        const url = new URL(sandbox.carrier.trackingUrl(number));
        expect(url.protocol).toBe('https:');
        expect(url.href).not.toContain(' ');
      }
    });

    it('sells one label for a key, however often it is asked', async () => {
      const { carrier, label } = sandbox;
      if (!carrier.buyLabel || !label) return expect(carrier.buyLabel).toBeUndefined();
      const key = crypto.randomUUID();
      const bought = await Promise.all([1, 2, 3].map(() => carrier.buyLabel!(key, label.reference, patience())));
      for (const one of bought) expect(one).toEqual(bought[0]);
    });

    it.each(faults)('raises CarrierUnreachableError, and nothing else, when it is %s', async (fault) => {
      await sandbox.fail(fault);
      try {
        await expect(rates(PARCELS[1], AbortSignal.timeout(IMPATIENCE_MS))).rejects.toThrow(CarrierUnreachableError);
      } finally {
        await sandbox.fail(null);
      }
      expect((await rates()).length).toBeGreaterThan(0);
    });
  });
}
