import { Column } from 'typeorm';
import type { OperationOutcome } from '../payment-provider.js';

/** The columns of everything that is done to a charge: a capture, a void, a refund. The row's id is the key under which the provider knows it. */
export abstract class ProviderRequest {
  @Column({ type: 'text', default: 'pending' })
  status: OperationOutcome['status'];

  /** The request that asked for it, so that a repeat finds it; null when nobody asked. */
  @Column({ type: 'text', nullable: true })
  requestKey: string | null;

  @Column({ type: 'text', nullable: true })
  providerReference: string | null;

  @Column({ type: 'text', nullable: true })
  failureCode: string | null;

  /** How often the provider has been asked. */
  @Column({ type: 'int', default: 0 })
  attempts: number;

  @Column({ type: 'timestamptz' })
  createdAt: Date;

  @Column({ type: 'timestamptz', nullable: true })
  settledAt: Date | null;

  /** Takes over the provider's final answer. */
  settle({ status, reference, failureCode }: SettledOutcome, now: Date): void {
    Object.assign(this, { status, providerReference: reference, failureCode, settledAt: now });
  }
}

/** A final answer of a provider. */
export type SettledOutcome = OperationOutcome & { readonly status: 'succeeded' | 'failed' };

/** How a request stands before the provider has been asked. */
export const unasked = (now: Date) => ({
  status: 'pending' as const,
  providerReference: null,
  failureCode: null,
  attempts: 0,
  createdAt: now,
  settledAt: null,
});
