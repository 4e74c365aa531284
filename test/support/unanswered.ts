import { PaymentTimings } from '../../src/orders/payments/payment-timings.js';
import type { TestApp } from './test-app.js';

const IMPATIENCE_MS = 300;

/** Does work in which a payment provider is known to say nothing; nobody waits long for that. All other answers may take their time. */
export async function unanswered<T>({ app }: TestApp, work: () => Promise<T>): Promise<T> {
  const timings = app.get(PaymentTimings);
  const { callTimeoutMs } = timings;
  timings.callTimeoutMs = IMPATIENCE_MS;
  try {
    return await work();
  } finally {
    timings.callTimeoutMs = callTimeoutMs;
  }
}
