import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { DomainError, PROBLEM_STATUS } from '../errors/domain.error.js';
import { problemBody, problemOf } from '../errors/problem-details.js';
import { IdempotencyKeyReusedError, RequestInProgressError } from '../errors/request.errors.js';
import { IdempotencyRepository, type KeyUse, type StoredAnswer } from './idempotency.repository.js';

const POLL_MS = 25;
/** How long a request that spans several transactions is presumed alive without an answer. */
const LEASE_SECONDS = 30;
/** Refusals that a repeat would meet again, and that are therefore stored: malformed, not found, conflict by rule, rejected. */
const STORED_REFUSALS: ReadonlySet<number> = new Set([400, 404, 409, 422]);

/** A request that carries an `Idempotency-Key`. */
export interface IdempotentRequest {
  principal: string;
  key: string;
  method: string;
  path: string;
  body: unknown;
  requestId: string;
  /** Kept this many seconds instead of `IDEMPOTENCY_TTL`; for effects that move money. */
  ttlSeconds?: number;
  /** The effect spans several transactions, so the key is leased before it begins. */
  spansTransactions: boolean;
  /** It takes the lease itself, in the first of its transactions, which saves one. */
  takesLease: boolean;
}

/** The key of a request, in the hands of an effect that spans several transactions. */
export interface KeyLease {
  /** The same for every repeat of the request; the keys of calls to providers are derived from it. */
  readonly requestKey: string;
  /**
   * Leases the key for half a minute in the open transaction, which is the first of the effect: either both commit, or neither does.
   *
   * @returns true when an earlier run of this request has died, and may have left part of its effect.
   * @throws KeyTaken, which must be let through: a twin is running, or the key has been used.
   */
  take(): Promise<boolean>;
}

export type Outcome<T> = { replayed: false; body: T } | { replayed: true; answer: StoredAnswer };

/** The key is held by a twin or has been used; raised to leave the transaction. */
class KeyTaken extends Error {}

function requestKeyOf(principal: string, key: string): string {
  return createHash('sha256').update(`${principal}\n${key}`).digest('hex');
}

/**
 * Makes a repeated request safe: one effect and one answer per `(principal, key)`, however many twins arrive, also together.
 *
 * The key's row is written in the transaction of the effect, so that there is never one without the other.
 * Source: draft-ietf-httpapi-idempotency-key-header; docs/decisions/0002-idempotency.md
 */
@Injectable()
export class IdempotencyService {
  /** Longest wait of a request for the answer to its twin. Tests change it; nothing else does. */
  patienceMs = 2_000;

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly keys: IdempotencyRepository,
    private readonly environment: Environment,
  ) {}

  /**
   * Runs `effect` once per key, or hands back the stored answer.
   *
   * @param effect Must take the lease first when the request says so.
   * @param describe Status and `Location` of the answer, read after the effect.
   * @throws IdempotencyKeyReusedError when the key came with another payload; RequestInProgressError when a twin takes over 2 s.
   */
  async run<T>(
    request: IdempotentRequest,
    effect: (lease: KeyLease) => Promise<T>,
    describe: () => { status: number; location: string | null },
  ): Promise<Outcome<T>> {
    const use = this.keyUse(request);
    const deadline = Date.now() + this.patienceMs;
    for (;;) {
      try {
        return { replayed: false, body: await this.once(use, request, effect, describe) };
      } catch (error) {
        if (!(error instanceof KeyTaken)) throw error;
      }
      const stored = await this.keys.find(use);
      if (stored && !stored.fingerprint.equals(use.fingerprint)) throw new IdempotencyKeyReusedError();
      if (stored?.answer) return { replayed: true, answer: stored.answer };
      if (Date.now() >= deadline) throw new RequestInProgressError();
      await delay(POLL_MS);
    }
  }

  private async once<T>(
    use: KeyUse,
    request: IdempotentRequest,
    effect: (lease: KeyLease) => Promise<T>,
    describe: () => { status: number; location: string | null },
  ): Promise<T> {
    let isLeased = false;
    const lease: KeyLease = {
      requestKey: requestKeyOf(use.principal, use.key),
      take: async () => {
        const claim = await this.keys.claim(use, LEASE_SECONDS);
        if (!claim) throw new KeyTaken();
        this.transactions.afterCommit(() => (isLeased = true));
        return claim.isInherited;
      },
    };
    const run = async (): Promise<T> => {
      if (!request.spansTransactions && !(await this.keys.claim(use))) throw new KeyTaken();
      if (request.spansTransactions && !request.takesLease) await lease.take();
      const body = await effect(lease);
      await this.keys.answer(use, { ...describe(), body: JSON.stringify(body) ?? '' });
      return body;
    };
    try {
      return await (request.spansTransactions ? run() : this.transactions.run(run));
    } catch (error) {
      const refusal = refusalOf(error, request);
      // What refuses before it asks for the key may be a repeat, which gets the first answer.
      if (refusal && !(await this.keys.storeRefusal(use, refusal, isLeased))) throw new KeyTaken();
      if (!refusal && isLeased) await this.keys.endLease(use);
      throw error;
    }
  }

  private keyUse(request: IdempotentRequest): KeyUse {
    const fingerprint = createHash('sha256')
      .update(`${request.method} ${request.path}\n${JSON.stringify(request.body ?? null)}`)
      .digest();
    const digest = createHash('sha256').update(`${request.principal}\n${request.key}`).digest();
    return {
      principal: request.principal,
      key: request.key,
      fingerprint,
      lock: digest.readBigInt64BE().toString(),
      ttlSeconds: request.ttlSeconds ?? this.environment.IDEMPOTENCY_TTL,
    };
  }
}

function refusalOf(error: unknown, request: IdempotentRequest): StoredAnswer | null {
  if (!(error instanceof DomainError) || error instanceof RequestInProgressError) return null;
  const status = PROBLEM_STATUS[error.kind];
  if (!STORED_REFUSALS.has(status)) return null;
  return {
    status,
    location: null,
    body: JSON.stringify(problemBody(problemOf(error), request.path, request.requestId)),
  };
}
