import { settingsOf } from './port-settings.mjs';

/** Providers of taxes: the last one offered is asked what the taxes of a purchase come to. */
export function taxes({ name, Name, Title, CONSTANT }) {
  const Class = `${Name}TaxProvider`;
  const [KEY, URL] = [`${CONSTANT}_TAXES_KEY`, `${CONSTANT}_TAXES_URL`];
  return {
    Class,
    files: new Map([
      [`src/orders/tax/${name}.provider.ts`, taxSource({ name, Title, Class, KEY, URL })],
      [`test/integration/orders/${name}-taxes.int-spec.ts`, taxSpec({ name, Name, Title, Class, KEY, URL })],
    ]),
    list: { path: 'src/orders/tax/provider-list.ts', name: 'TAX_PROVIDERS', from: `./${name}.provider.js` },
    settings: settingsOf({ Title, KEY, URL, name, what: 'says what taxes come to' }),
  };
}

/** Carriers: every one offered can price a shipping method. */
export function carriers({ name, Name, Title, CONSTANT }) {
  const Class = `${Name}Carrier`;
  const [KEY, URL] = [`${CONSTANT}_CARRIER_KEY`, `${CONSTANT}_CARRIER_URL`];
  return {
    Class,
    files: new Map([
      [`src/orders/shipping/carriers/${name}.carrier.ts`, carrierSource({ name, Name, Title, Class, KEY, URL })],
      [`test/integration/orders/${name}.carrier.int-spec.ts`, carrierSpec({ name, Name, Title, Class, KEY, URL })],
    ]),
    list: {
      path: 'src/orders/shipping/carriers/carrier-list.ts',
      name: 'SHIPPING_CARRIERS',
      from: `./${name}.carrier.js`,
    },
    settings: settingsOf({ Title, KEY, URL, name, what: 'carries parcels' }),
  };
}

const taxSource = ({ name, Title, Class, KEY, URL }) => `
import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { TaxProvider, type TaxQuestion, type TaxQuote } from './tax-provider.js';

/**
 * Taxes by ${Title}, over HTTP with JSON.
 *
 * The path and the members are placeholders, which only the stand-in of the test knows: put those of ${Title}'s documentation in their
 * place, here and there.
 */
@Injectable()
export class ${Class} extends TaxProvider {
  constructor(private readonly environment: Environment) {
    super();
  }

  override get isOffered(): boolean {
    return this.environment.${KEY} !== undefined;
  }

  override readonly quote = async (question: TaxQuestion, signal: AbortSignal): Promise<TaxQuote> => {
    const { ${KEY}, ${URL} } = this.environment;
    const response = await fetch(\`\${${URL}}/quotes\`, {
      method: 'POST',
      headers: { authorization: \`Bearer \${${KEY}}\`, 'content-type': 'application/json' },
      body: JSON.stringify(question),
      redirect: 'error',
      signal,
    });
    if (!response.ok) throw new Error(\`${name}: status \${response.status}\`);
    const { items, total } = (await response.json()) as Partial<TaxQuote>;
    if (!Array.isArray(items) || total === undefined) throw new Error('${name}: an answer that makes no sense');
    return { items, total };
  };
}
`;

const taxSpec = ({ name, Name, Title, Class, KEY, URL }) => `
import { ${Class} } from '../../../src/orders/tax/${name}.provider.js';
import type { TaxQuestion } from '../../../src/orders/tax/tax-provider.js';
import { StandIn } from '../../kits/stand-in.js';
import { describeTaxProvider } from '../../kits/tax-provider.kit.js';
import { testEnvironment } from '../../support/test-environment.js';

const SECRET = 'secret-of-the-sandbox';
const PLACE = { country: 'PT', region: null, postalCode: '1100-048' };

/** ${Title} in memory, as far as the provider talks to it: 20 % everywhere. */
const start${Name} = () =>
  StandIn.start(({ path, headers, body }) => {
    if (headers.authorization !== \`Bearer \${SECRET}\`) return { status: 401 };
    if (path.join('/') !== 'quotes') return { status: 404 };
    const { items, pricesIncludeTax } = body as TaxQuestion;
    const taxes = items.map(({ amount }) => Math.floor(amount / (pricesIncludeTax ? 6 : 5)));
    return {
      json: {
        items: taxes.map((amount) => [{ name: 'VAT', rate: '0.2', amount }]),
        total: taxes.reduce((sum, amount) => sum + amount, 0),
      },
    };
  });

const providerAt = (origin: string, secret?: string) =>
  new ${Class}(testEnvironment({ ${URL}: origin, ${KEY}: secret }));

describeTaxProvider('${name}', async () => {
  const server = await start${Name}();
  return {
    provider: providerAt(server.origin, SECRET),
    place: PLACE,
    currency: 'EUR',
    fail: (fault) => {
      server.fault = fault;
    },
    stop: () => server.stop(),
  };
});

describe('the settings of ${name}', () => {
  it('do not offer it without ${KEY}', () => {
    expect(providerAt('http://localhost').isOffered).toBe(false);
  });
});
`;

const carrierSource = ({ name, Name, Title, Class, KEY, URL }) => `
import { Injectable } from '@nestjs/common';
import { Environment } from '../../../config/environment.js';
import type { Destination } from '../../pricing/purchase.js';
import { type CarrierParcel, type CarrierRate, CarrierUnreachableError, ShippingCarrier } from './shipping-carrier.js';

/** What ${Title} answers. */
interface ${Name}Rates {
  readonly rates?: readonly { readonly service: string; readonly amount: number; readonly offer?: string }[];
}

/**
 * Parcels by ${Title}, over HTTP with JSON.
 *
 * The path, the members and the address of tracking are placeholders, which only the stand-in of the test knows: put those of ${Title}'s
 * documentation in their place, here and there.
 */
@Injectable()
export class ${Class} extends ShippingCarrier {
  constructor(private readonly environment: Environment) {
    super();
  }

  override get isOffered(): boolean {
    return this.environment.${KEY} !== undefined;
  }

  override async rates(
    parcel: CarrierParcel,
    destination: Destination,
    signal: AbortSignal,
  ): Promise<readonly CarrierRate[]> {
    const { rates } = await this.ask({ ...parcel, destination }, signal);
    if (!Array.isArray(rates)) throw new CarrierUnreachableError('${name}', 'an answer that makes no sense');
    return (rates as NonNullable<${Name}Rates['rates']>).map(({ service, amount, offer = null }) => ({
      service,
      amount,
      reference: offer,
    }));
  }

  override trackingUrl(trackingNumber: string): string {
    return \`https://${name}.example/track/\${encodeURIComponent(trackingNumber)}\`;
  }

  private async ask(question: object, signal: AbortSignal): Promise<${Name}Rates> {
    const { ${KEY}, ${URL} } = this.environment;
    try {
      const response = await fetch(\`\${${URL}}/rates\`, {
        method: 'POST',
        headers: { authorization: \`Bearer \${${KEY}}\`, 'content-type': 'application/json' },
        body: JSON.stringify(question),
        redirect: 'error',
        signal,
      });
      if (!response.ok) throw new Error(\`status \${response.status}\`);
      return (await response.json()) as ${Name}Rates;
    } catch (error) {
      throw new CarrierUnreachableError('${name}', String(error));
    }
  }
}
`;

const carrierSpec = ({ name, Name, Title, Class, KEY, URL }) => `
import { ${Class} } from '../../../src/orders/shipping/carriers/${name}.carrier.js';
import { CarrierUnreachableError } from '../../../src/orders/shipping/carriers/shipping-carrier.js';
import { describeShippingCarrier } from '../../kits/shipping-carrier.kit.js';
import { StandIn } from '../../kits/stand-in.js';
import { testEnvironment } from '../../support/test-environment.js';

const SECRET = 'secret-of-the-sandbox';
const DESTINATION = { countryCode: 'PT', postalCode: '1100-048' };

/** ${Title} in memory, as far as the carrier talks to it: 5 for any parcel and 1 for each kilogram begun, up to 30. */
const start${Name} = () =>
  StandIn.start(({ path, headers, body }) => {
    if (headers.authorization !== \`Bearer \${SECRET}\`) return { status: 401 };
    if (path.join('/') !== 'rates') return { status: 404 };
    const { weightGrams } = body as { weightGrams: number };
    const amount = 500 + 100 * Math.ceil(weightGrams / 1000);
    return { json: { rates: weightGrams > 30_000 ? [] : [{ service: 'ground', amount, offer: \`ground-\${amount}\` }] } };
  });

const carrierAt = (origin: string, secret?: string) =>
  new ${Class}(testEnvironment({ ${URL}: origin, ${KEY}: secret }));

describeShippingCarrier('${name}', async () => {
  const server = await start${Name}();
  return {
    carrier: carrierAt(server.origin, SECRET),
    destination: DESTINATION,
    fail: (fault) => {
      server.fault = fault;
    },
    stop: () => server.stop(),
  };
});

describe('the settings of ${name}', () => {
  it('do not offer it without ${KEY}', () => {
    expect(carrierAt('http://localhost').isOffered).toBe(false);
  });

  it('leave a parcel without a price with a secret that it does not take', async () => {
    const server = await start${Name}();
    try {
      const asked = carrierAt(server.origin, 'another secret').rates(
        { weightGrams: 500, currency: 'EUR' },
        DESTINATION,
        AbortSignal.timeout(5_000),
      );
      await expect(asked).rejects.toThrow(CarrierUnreachableError);
    } finally {
      await server.stop();
    }
  });
});
`;
