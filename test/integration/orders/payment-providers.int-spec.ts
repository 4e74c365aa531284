import pg from 'pg';
import { FakePaymentProvider } from '../../../src/orders/payments/fake.provider.js';
import { ManualPaymentProvider } from '../../../src/orders/payments/manual.provider.js';
import type { Money } from '../../../src/common/money/money.js';
import { describePaymentProvider } from '../../kits/payment-provider.kit.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { testEnvironment } from '../../support/test-environment.js';

describePaymentProvider('manual', () => ({ provider: new ManualPaymentProvider() }), { isBookedByHand: true });

describePaymentProvider(
  'fake',
  async () => {
    const books = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 1 });
    const line = await TcpProxy.to(process.env.DATABASE_URL!);
    const provider = new FakePaymentProvider(testEnvironment({ DATABASE_URL: line.url }));
    const amounts = async (text: string, key: string): Promise<Money[]> => {
      const { rows } = await books.query<{ amount: string; currency: string }>(text, [key]);
      return rows.map(({ amount, currency }) => ({ amount: Number(amount), currency }));
    };
    let isDown = false;
    return {
      provider,
      company: {
        tokens: { good: 'tok_success', declined: 'tok_decline', action: 'tok_action' },
        charged: (key) =>
          amounts(
            `SELECT captured_amount AS amount, currency FROM fake_provider.charges WHERE key = $1 AND captured_amount > 0`,
            key,
          ),
        refunded: (key) =>
          amounts(
            `SELECT refund.amount, currency FROM fake_provider.refunds refund
             JOIN fake_provider.charges charge ON charge.reference = charge_reference WHERE refund.key = $1`,
            key,
          ),
        webhook: async ({ kind, key }, sentAt) => {
          const { company } = provider;
          const news =
            kind === 'charge'
              ? { charge: (await company.find(key))! }
              : { operation: (await company.findOperation(key))! };
          const id = `fake_evt_${crypto.randomUUID()}`;
          const body = JSON.stringify({ id, created: new Date().toISOString(), ...news });
          return { body: Buffer.from(body), headers: company.sign(id, body, sentAt) };
        },
        fail: async (fault) => {
          provider.faults.isSilent = fault === 'silent';
          if (isDown !== (fault === 'down')) await (isDown ? line.open() : line.close());
          isDown = fault === 'down';
        },
      },
      stop: async () => {
        await provider.onApplicationShutdown();
        await line.close();
        await books.end();
      },
    };
  },
  { faults: ['down', 'silent'] },
);

describe('tok_timeout', () => {
  it('pays without ever answering, and is found by its key', async () => {
    const provider = new FakePaymentProvider(testEnvironment());
    const charge = { key: crypto.randomUUID(), amount: { amount: 5, currency: 'EUR' }, token: 'tok_timeout' };
    await expect(provider.charge(charge, AbortSignal.timeout(100))).rejects.toThrow('fake: no answer');
    expect(await provider.retrieve(charge.key, AbortSignal.timeout(60_000))).toMatchObject({ status: 'captured' });
    await provider.onApplicationShutdown();
  });
});
