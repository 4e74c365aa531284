import { Injectable } from '@nestjs/common';

/** How patient the application is with payment providers. Tests shorten the times; nothing else changes them. */
@Injectable()
export class PaymentTimings {
  /** Longest wait for one answer. */
  callTimeoutMs = 10_000;

  /** Age at which an attempt without outcome, or a promised refund, is taken up by the sweep. */
  sweepAfterMs = 60_000;

  /** Wait after a provider has refused a refund that is owed, before it is asked again. */
  retryRefusedRefundAfterMs = 3_600_000;
}
