import fc from 'fast-check';
import { newId } from '../../../src/common/ids.js';
import { Secrets } from '../../../src/common/secrets.js';
import { CreditAdjustments } from '../../../src/orders/gift-cards/credit-adjustments.service.js';
import { CreditLedger } from '../../../src/orders/gift-cards/credit-ledger.service.js';
import { InsufficientCreditError } from '../../../src/orders/gift-cards/gift-cards.errors.js';
import { hashOfCode } from '../../../src/orders/gift-cards/gift-card-code.js';
import { createGiftCard } from '../../factories/gift-card.factory.js';
import { createUser } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { countStatements } from '../../support/statement-counter.js';
import { TestApp } from '../../support/test-app.js';

const RUNS = Number(process.env.MODEL_RUNS ?? 12);
const AT_ONCE = 8;
const ISSUED = 1000;
const eur = (amount: number) => ({ amount, currency: 'EUR' });

interface ModelCharge {
  readonly reference: string;
  held: number;
  captured: number;
  refunded: number;
}

type Act =
  | { readonly kind: 'charge'; readonly amount: number; readonly isLater: boolean }
  | { readonly kind: 'capture'; readonly of: number; readonly amount: number; readonly isFinal: boolean }
  | { readonly kind: 'void'; readonly of: number }
  | { readonly kind: 'refund'; readonly of: number; readonly amount: number }
  | { readonly kind: 'adjust'; readonly amount: number }
  | { readonly kind: 'expire' };

const amount = fc.integer({ min: 1, max: 700 });
const of = fc.nat({ max: 5 });
const ACTS: fc.Arbitrary<Act>[] = [
  fc.record({ kind: fc.constant('charge' as const), amount, isLater: fc.boolean() }),
  fc.record({ kind: fc.constant('capture' as const), of, amount, isFinal: fc.boolean() }),
  fc.record({ kind: fc.constant('void' as const), of }),
  fc.record({ kind: fc.constant('refund' as const), of, amount }),
  fc.record({ kind: fc.constant('adjust' as const), amount: fc.integer({ min: -700, max: 700 }).filter(Boolean) }),
  fc.constant({ kind: 'expire' as const }),
];

describe('the ledger of gift cards and store credit', () => {
  let app: TestApp;
  let ledger: CreditLedger;
  let adjustments: CreditAdjustments;
  beforeAll(async () => {
    app = await TestApp.start();
    ledger = app.app.get(CreditLedger, { strict: false });
    adjustments = app.app.get(CreditAdjustments, { strict: false });
  });
  afterEach(() => expectInvariants(app));
  afterAll(() => app.close());

  const holderOf = (code: string) => ({ codeHash: hashOfCode(app.app.get(Secrets), code)! });
  const accountOf = (id: string) =>
    app.database.queryOne<{ balance: number; entered: number }>(
      `SELECT balance_amount::int AS balance, (SELECT sum(amount)::int FROM credit_entries WHERE account_id = a.id) AS entered
       FROM credit_accounts a WHERE id = $1`,
      [id],
    );

  it('moves a balance by exactly what was taken and given back, in any order, and never below zero (M10)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(...ACTS), { minLength: 5, maxLength: 25 }), async (acts) => {
        const card = await createGiftCard(app, { amount: eur(ISSUED) });
        const charges: ModelCharge[] = [];
        let balance = ISSUED;
        /** Plays an operation on a charge, and says what it gives back where the charge allows it. */
        const operate = async (
          what: 'capture' | 'void' | 'refund',
          charge: ModelCharge | undefined,
          returned: number | null,
          asked: { amount?: number; isFinal?: boolean } = {},
        ): Promise<boolean> => {
          const request = { key: newId(), chargeReference: charge?.reference ?? newId(), ...asked };
          const { status } = await ledger.operate('gift_card', what, request);
          // The same once more is the same.
          expect(await ledger.operate('gift_card', what, request)).toMatchObject({ status });
          expect(status).toBe(charge && returned !== null ? 'succeeded' : 'failed');
          if (status === 'failed') return false;
          balance += returned!;
          return true;
        };
        for (const act of acts) {
          const charge = 'of' in act ? charges[act.of] : undefined;
          const open = charge ? charge.held - charge.captured : 0;
          if (act.kind === 'charge') {
            const request = { key: newId(), amount: eur(act.amount), capture: act.isLater ? 'later' : 'now' } as const;
            const made = await ledger.charge('gift_card', request, holderOf(card.code));
            expect(await ledger.charge('gift_card', request, holderOf(card.code))).toMatchObject({
              reference: made.reference,
            });
            const taken = Math.min(act.amount, balance);
            expect([made.authorisedAmount, made.capturedAmount]).toEqual([taken, act.isLater ? 0 : taken]);
            expect(made.failureCode).toBe(taken === 0 ? 'card_empty' : null);
            balance -= taken;
            if (taken > 0)
              charges.push({
                reference: made.reference,
                held: taken,
                captured: act.isLater ? 0 : taken,
                refunded: 0,
              });
          } else if (act.kind === 'capture') {
            const fits = act.amount <= open;
            const rest = act.isFinal ? open - act.amount : 0;
            if (await operate('capture', charge, fits ? rest : null, { amount: act.amount, isFinal: act.isFinal })) {
              charge!.captured += act.amount;
              charge!.held -= rest;
            }
          } else if (act.kind === 'void') {
            if (await operate('void', charge, open > 0 ? open : null)) charge!.held = charge!.captured;
          } else if (act.kind === 'refund') {
            const left = charge ? charge.captured - charge.refunded : 0;
            if (await operate('refund', charge, act.amount <= left ? act.amount : null, { amount: act.amount }))
              charge!.refunded += act.amount;
          } else if (act.kind === 'adjust') {
            const adjusting = adjustments.adjustGiftCard(card.id, { amount: eur(act.amount), reason: 'Played' });
            if (balance + act.amount < 0) await expect(adjusting).rejects.toThrow(InsufficientCreditError);
            else balance = (await adjusting).balanceAmount;
          } else {
            await app.database.execute(
              `UPDATE credit_accounts SET expires_at = now() - interval '1 second' WHERE id = $1`,
              [card.id],
            );
            await ledger.expire(1000);
            await app.database.execute(`UPDATE credit_accounts SET expires_at = NULL WHERE id = $1`, [card.id]);
            balance = 0;
          }
          expect(await accountOf(card.id)).toEqual({ balance, entered: balance });
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('puts the refund of another provider onto store credit once a key, however often it is asked at the same moment', async () => {
    const { user } = await createUser(app);
    const key = newId();
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => ledger.credited(key, user.id, eur(700))));
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 'succeeded', reference: answers[0]!.reference });
    await ledger.credited(newId(), user.id, eur(300));
    const rows = await app.database.query(
      `SELECT balance_amount::int AS balance FROM credit_accounts WHERE customer_id = $1`,
      [user.id],
    );
    expect(rows).toEqual([{ balance: 1000 }]);
  });

  it('looks for every code by one statement alike, so that the time tells nothing of it', async () => {
    const known = await createGiftCard(app);
    const off = await createGiftCard(app);
    await app.database.execute(`UPDATE credit_accounts SET disabled_at = now() WHERE id = $1`, [off.id]);
    const texts = new Set<string>();
    for (const code of [known.code, off.code, '0000-0000-0000-0000-0000', 'hello']) {
      const { statements } = await countStatements(() => app.post('/gift-cards/balance', { code }));
      texts.add(statements.join(';'));
    }
    expect(texts.size).toBe(1);
  });

  it.each([
    ['credit_accounts_code_hash_key', `SELECT id FROM credit_accounts WHERE code_hash = '\\x00'`],
    // A customer has one account a currency, so that their cards' index finds it as well.
    [
      'credit_accounts_(store_credit_key|customer_id_idx)',
      `SELECT id FROM credit_accounts WHERE kind = 'store_credit' AND customer_id = '${newId()}' AND currency = 'EUR'`,
    ],
    [
      'credit_accounts_gift_cards_idx',
      `SELECT id FROM credit_accounts WHERE kind = 'gift_card' ORDER BY id DESC LIMIT 20`,
    ],
    [
      'credit_accounts_expiring_idx',
      `SELECT id FROM credit_accounts WHERE expires_at <= now() AND balance_amount > 0 ORDER BY expires_at LIMIT 20`,
    ],
    [
      'credit_entries_account_id_id_idx',
      `SELECT id FROM credit_entries WHERE account_id = '${newId()}' ORDER BY id DESC LIMIT 20`,
    ],
  ])('walks %s', async (index, sql) => {
    const plan = await app.database.run(async () => {
      await app.database.execute(`SET LOCAL enable_seqscan = off`);
      await app.database.execute(`SET LOCAL enable_sort = off`);
      return JSON.stringify(await app.database.query(`EXPLAIN ${sql}`));
    });
    expect(plan).toMatch(new RegExp(`using ${index} `));
  });
});
