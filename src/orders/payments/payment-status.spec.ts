import fc from 'fast-check';
import { Payment } from './entities/payment.entity.js';
import { giveBack } from './payment-return.js';
import type { ProviderOutcome } from './payment-provider.js';
import {
  netPaidBy,
  orderPaymentStatus,
  PAYMENT_STATUSES,
  PAYMENT_TRANSITIONS,
  type PaymentAmounts,
  type PaymentStatus,
  returnable,
} from './payment-status.js';
import { PaymentTransitionError } from './payments.errors.js';

const NOW = new Date('2026-03-01T10:00:00Z');

const amounts = (status: PaymentStatus, overrides: Partial<PaymentAmounts> = {}): PaymentAmounts => ({
  status,
  authorisedAmount: 0,
  capturedAmount: 0,
  refundPendingAmount: 0,
  refundedAmount: 0,
  ...overrides,
});
const captured = (amount: number, refunded = 0, pending = 0): PaymentAmounts =>
  amounts('captured', {
    authorisedAmount: amount,
    capturedAmount: amount,
    refundedAmount: refunded,
    refundPendingAmount: pending,
  });

const outcome = (status: ProviderOutcome['status']): ProviderOutcome => ({
  status,
  reference: 'ref',
  failureCode: null,
});
const newPayment = (amount: number): Payment =>
  Payment.intend(
    { id: '01970c1e-6f10-7c3a-8a55-5f3c6f1d2b4a', currency: 'EUR' },
    amount,
    { provider: 'fake', requestKey: 'key' },
    NOW,
  );

const ended = (isMade: boolean) => ({
  status: isMade ? ('succeeded' as const) : ('failed' as const),
  reference: null,
  failureCode: null,
});

describe('how much of an order is paid (T2)', () => {
  it.each<[string, number, PaymentAmounts[], string]>([
    ['no payment', 100, [], 'unpaid'],
    ['nothing due', 0, [], 'paid'],
    ['a failed payment', 100, [amounts('failed')], 'unpaid'],
    ['an intent', 100, [amounts('created')], 'processing'],
    ['no answer yet', 100, [amounts('failed'), amounts('processing')], 'processing'],
    ['an authorisation', 100, [amounts('authorised', { authorisedAmount: 100 })], 'authorised'],
    ['an authorisation given up', 100, [amounts('voided', { authorisedAmount: 100 })], 'unpaid'],
    ['part of the money', 100, [captured(40)], 'partially_paid'],
    ['all the money', 100, [captured(40), captured(60)], 'paid'],
    ['a refund that is only promised', 100, [captured(100, 0, 100)], 'paid'],
    ['part of it back', 100, [captured(100, 40)], 'partially_refunded'],
    ['all of it back', 100, [captured(100, 100)], 'refunded'],
    ['paid twice and one of them back', 100, [captured(100, 100), captured(100)], 'paid'],
  ])('%s of %i minor units: %s', (_, total, payments, status) => {
    expect(orderPaymentStatus(total, payments)).toBe(status);
  });
});

describe('a payment', () => {
  it('takes from a provider only what domain.md section 4 lists, and ignores the rest', () => {
    const reportable = ['requires_action', 'processing', 'authorised', 'captured', 'failed', 'expired'] as const;
    for (const from of PAYMENT_STATUSES) {
      for (const to of reportable) {
        const payment = Object.assign(newPayment(100), { status: from });
        expect([from, to, payment.apply(outcome(to), NOW)]).toEqual([from, to, PAYMENT_TRANSITIONS[from].includes(to)]);
      }
    }
  });

  it('ends the same way in whatever order and however often its outcomes arrive (I2)', () => {
    const reports = fc.array(fc.constantFrom(outcome('processing'), outcome('requires_action')), { maxLength: 6 });
    fc.assert(
      fc.property(reports, reports, (before, after) => {
        const payment = newPayment(100);
        for (const report of [...before, outcome('captured'), ...after, outcome('captured')])
          payment.apply(report, NOW);
        expect(payment).toMatchObject({ status: 'captured', authorisedAmount: 100, capturedAmount: 100 });
      }),
    );
  });

  it('raises its version by one with every change, and not otherwise (T1)', () => {
    const payment = newPayment(100);
    payment.apply(outcome('processing'), NOW);
    payment.apply(outcome('processing'), NOW);
    payment.apply(outcome('captured'), NOW);
    expect(payment.version).toBe(3);
  });

  it.each(['created', 'processing', 'captured', 'failed', 'voided'] as const)(
    'that is %s cannot be voided',
    (status) => {
      expect(() => Object.assign(newPayment(100), { status }).void(NOW)).toThrow(PaymentTransitionError);
    },
  );

  it('gives back exactly what was captured, in any parts, with refusals in between (M1, M8)', () => {
    const attempts = fc.array(fc.record({ amount: fc.integer({ min: 1, max: 60 }), isMade: fc.boolean() }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), attempts, (total, parts) => {
        const payment = newPayment(total);
        payment.apply(outcome('captured'), NOW);
        let made = 0;
        for (const { amount, isMade } of parts) {
          const part = Math.min(amount, returnable(payment));
          if (part === 0) break;
          const refund = payment.promiseRefund(part, 'order_cancelled', NOW);
          payment.settleRefund(refund, ended(isMade), NOW);
          if (isMade) made += part;
          expect(payment.refundedAmount).toBe(made);
          expect(payment.refundPendingAmount).toBe(0);
        }
        for (const refund of giveBack([payment], 'order_cancelled', NOW).refunds) {
          payment.settleRefund(refund, ended(true), NOW);
        }
        expect(payment.refundedAmount).toBe(total);
        expect(netPaidBy([payment])).toBe(0);
      }),
    );
  });

  it('refuses to promise back more than it holds (M1)', () => {
    const payment = newPayment(100);
    payment.apply(outcome('captured'), NOW);
    payment.promiseRefund(60, 'order_cancelled', NOW);
    expect(() => payment.promiseRefund(41, 'order_cancelled', NOW)).toThrow(RangeError);
  });
});

describe('giving an order its money back', () => {
  it('voids what is authorised, promises what is captured, and leaves alone what is under way', () => {
    const underWay = newPayment(100);
    const authorised = newPayment(100);
    authorised.apply(outcome('authorised'), NOW);
    const paid = newPayment(100);
    paid.apply(outcome('captured'), NOW);
    const { changed, refunds, events } = giveBack([underWay, authorised, paid], 'order_cancelled', NOW);
    expect(changed).toEqual([authorised, paid]);
    expect(authorised.status).toBe('voided');
    expect(refunds).toMatchObject([{ paymentId: paid.id, amount: 100, status: 'pending', reason: 'order_cancelled' }]);
    expect(events.map(({ type }) => type)).toEqual(['payment.voided', 'payment.refund_requested']);
    expect(giveBack([underWay, authorised, paid], 'order_cancelled', NOW).changed).toEqual([]);
  });
});
