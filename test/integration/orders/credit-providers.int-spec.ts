import { Secrets } from '../../../src/common/secrets.js';
import { TransactionRunner } from '../../../src/database/transaction-runner.js';
import { CreditAdjustments } from '../../../src/orders/gift-cards/credit-adjustments.service.js';
import { CreditLedger } from '../../../src/orders/gift-cards/credit-ledger.service.js';
import { GiftCardPaymentProvider, StoreCreditPaymentProvider } from '../../../src/orders/gift-cards/credit.provider.js';
import { MAX_CREDIT } from '../../../src/orders/gift-cards/credit.dto.js';
import type { CreditKind } from '../../../src/orders/gift-cards/entities/credit-account.entity.js';
import type { ChargeRequest } from '../../../src/orders/payments/payment-provider.js';
import { createGiftCard } from '../../factories/gift-card.factory.js';
import { createUser } from '../../factories/user.factory.js';
import { describePaymentProvider, type PaymentSandbox } from '../../kits/payment-provider.kit.js';
import type { Fault } from '../../kits/stand-in.js';
import { expectInvariants } from '../../support/invariants.js';
import { TestApp } from '../../support/test-app.js';

const CURRENCIES = ['EUR', 'JPY', 'KWD'];

/** The network is our own database, which is not there, or whose answer does not arrive. */
async function faulty<Answer>(fault: Fault | null, work: () => Promise<Answer>): Promise<Answer> {
  if (fault === 'down') throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const answer = await work();
  return fault === 'silent' ? new Promise<never>(() => undefined) : answer;
}

class FaultyGiftCards extends GiftCardPaymentProvider {
  fault: Fault | null = null;
  codes = new Map<string, string>();

  override charge(request: ChargeRequest, signal: AbortSignal) {
    const token = request.token === 'good' ? this.codes.get(request.amount.currency) : request.token;
    return super.charge({ ...request, token }, signal);
  }

  protected override ask<Answer>(signal: AbortSignal, work: () => Promise<Answer>): Promise<Answer> {
    return super.ask(signal, () => faulty(this.fault, work));
  }
}

class FaultyStoreCredit extends StoreCreditPaymentProvider {
  fault: Fault | null = null;

  /** The kit knows a means of payment, where payments name the customer. */
  override charge({ token, ...request }: ChargeRequest, signal: AbortSignal) {
    const customerId = token?.startsWith('unknown') ? undefined : token;
    return super.charge({ ...request, customerId }, signal);
  }

  protected override ask<Answer>(signal: AbortSignal, work: () => Promise<Answer>): Promise<Answer> {
    return super.ask(signal, () => faulty(this.fault, work));
  }
}

async function sandboxOf(
  app: TestApp,
  kind: CreditKind,
  provider: FaultyGiftCards | FaultyStoreCredit,
  tokens: { good: string; declined: string },
): Promise<PaymentSandbox> {
  const books = app.app.get(TransactionRunner);
  const amounts = (text: string, key: string) => books.query<{ amount: number; currency: string }>(text, [key, kind]);
  return {
    provider,
    company: {
      tokens,
      charged: (key) =>
        amounts(
          `SELECT c.captured_amount::float8 AS amount, a.currency FROM credit_charges c JOIN credit_accounts a ON a.id = c.account_id
           WHERE c.key = $1 AND c.kind = $2 AND c.captured_amount > 0`,
          key,
        ),
      refunded: (key) =>
        amounts(
          `SELECT e.amount::float8 AS amount, a.currency FROM credit_entries e JOIN credit_accounts a ON a.id = e.account_id
           WHERE e.operation_key = $1 AND e.kind = 'refund' AND a.kind = $2`,
          key,
        ),
      fail: (fault) => {
        provider.fault = fault;
      },
    },
    async stop() {
      await expectInvariants(app);
      await app.close();
    },
  };
}

describePaymentProvider(
  'gift_card',
  async () => {
    const app = await TestApp.start();
    const provider = new FaultyGiftCards(app.app.get(CreditLedger, { strict: false }), app.app.get(Secrets));
    for (const currency of CURRENCIES)
      provider.codes.set(currency, (await createGiftCard(app, { amount: { amount: MAX_CREDIT, currency } })).code);
    const { id, code } = await createGiftCard(app);
    await app.database.execute(`UPDATE credit_accounts SET disabled_at = now() WHERE id = $1`, [id]);
    return sandboxOf(app, 'gift_card', provider, { good: 'good', declined: code });
  },
  { faults: ['down', 'silent'] },
);

describePaymentProvider(
  'store_credit',
  async () => {
    const app = await TestApp.start();
    const provider = new FaultyStoreCredit(app.app.get(CreditLedger, { strict: false }), app.app.get(Secrets));
    const [rich, poor] = [await createUser(app), await createUser(app)];
    for (const currency of CURRENCIES)
      await app.app
        .get(CreditAdjustments, { strict: false })
        .adjustStoreCredit(rich.user.id, { amount: { amount: MAX_CREDIT, currency }, reason: 'For the tests' });
    return sandboxOf(app, 'store_credit', provider, { good: rich.user.id, declined: poor.user.id });
  },
  { faults: ['down', 'silent'] },
);
