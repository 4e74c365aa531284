import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { newId } from '../../common/ids.js';
import { Environment } from '../../config/environment.js';
import {
  type ChargeRequest,
  PaymentProvider,
  type ProviderOutcome,
  ProviderUnreachableError,
  type RefundOutcome,
  type RefundRequest,
} from './payment-provider.js';

/** What a token makes of a charge; any other token is refused as unknown. */
const TOKENS: Readonly<Record<string, { status: 'captured' | 'failed'; answers: boolean }>> = {
  tok_success: { status: 'captured', answers: true },
  tok_decline: { status: 'failed', answers: true },
  tok_timeout: { status: 'captured', answers: false },
};

interface Charge {
  reference: string;
  status: 'captured' | 'failed' | 'abandoned' | 'token_unknown';
}

/** What a test makes go wrong, or wait. */
export interface FakeFaults {
  /** Runs before a charge is recorded; raise `ProviderUnreachableError` for a request that never arrives. */
  beforeCharge?: () => Promise<void> | void;
  /** Runs after a charge is recorded and before its answer. */
  afterCharge?: () => Promise<void> | void;
  beforeRetrieve?: () => Promise<void> | void;
  beforeRefund?: () => Promise<void> | void;
  afterRefund?: () => Promise<void> | void;
  /** Everything is done, and nothing answered. */
  isSilent?: boolean;
  /** Refunds are refused for good. */
  refusesRefunds?: boolean;
}

const FAILURE_CODES: Readonly<Record<Charge['status'], string | null>> = {
  captured: null,
  failed: 'card_declined',
  abandoned: 'not_received',
  token_unknown: 'token_unknown',
};

/**
 * A payment company for development and tests: `tok_success` pays, `tok_decline` is declined, `tok_timeout` pays without ever answering.
 *
 * It behaves like one elsewhere: it remembers charges by key on connections of its own, outside every transaction of the application.
 */
@Injectable()
export class FakePaymentProvider extends PaymentProvider implements OnApplicationShutdown {
  override readonly isBookedByHand = false;
  override readonly settlesWithinSeconds = 3600;
  readonly faults: FakeFaults = {};
  private pool: pg.Pool | undefined;

  constructor(private readonly environment: Environment) {
    super();
  }

  /** Whoever can name a token pays nothing here, so production must not know it. */
  override get isOffered(): boolean {
    return !this.environment.isProduction;
  }

  override async charge({ key, amount, token = '' }: ChargeRequest, signal: AbortSignal): Promise<ProviderOutcome> {
    await this.faults.beforeCharge?.();
    const plan = Object.hasOwn(TOKENS, token) ? TOKENS[token] : undefined;
    const charge = await this.remember(key, plan?.status ?? 'token_unknown', amount.amount, amount.currency);
    await this.faults.afterCharge?.();
    if (plan?.answers === false) await silence(signal);
    return this.answer(outcomeOf(charge), signal);
  }

  override async retrieve(key: string, signal: AbortSignal): Promise<ProviderOutcome | null> {
    await this.faults.beforeRetrieve?.();
    const [charge] = await this.query<Charge>(`SELECT reference, status FROM fake_provider.charges WHERE key = $1`, [
      key,
    ]);
    return this.answer(charge ? outcomeOf(charge) : null, signal);
  }

  override async abandon(key: string, signal: AbortSignal): Promise<ProviderOutcome> {
    return this.answer(outcomeOf(await this.remember(key, 'abandoned', 0, 'XXX')), signal);
  }

  override async refund({ key, chargeReference, amount }: RefundRequest, signal: AbortSignal): Promise<RefundOutcome> {
    await this.faults.beforeRefund?.();
    if (this.faults.refusesRefunds) return { status: 'failed', reference: null };
    const rows = await this.query<{ reference: string }>(
      `INSERT INTO fake_provider.refunds (key, charge_reference, reference, amount)
       SELECT $1, charge.reference, $3, $4 FROM fake_provider.charges AS charge
       WHERE charge.reference = $2 AND charge.status = 'captured'
       ON CONFLICT (key) DO UPDATE SET key = EXCLUDED.key
       RETURNING reference`,
      [key, chargeReference, `fake_re_${newId()}`, amount.amount],
    );
    await this.faults.afterRefund?.();
    const [refund] = rows;
    return this.answer({ status: refund ? 'succeeded' : 'failed', reference: refund?.reference ?? null }, signal);
  }

  /** Not before the last request has been answered: it may be paying. */
  async onApplicationShutdown(): Promise<void> {
    await this.pool?.end();
  }

  private async answer<Answer>(answer: Answer, signal: AbortSignal): Promise<Answer> {
    if (this.faults.isSilent) await silence(signal);
    return answer;
  }

  /** The first request with a key decides; later ones are told the same. */
  private async remember(key: string, status: Charge['status'], amount: number, currency: string): Promise<Charge> {
    const [charge] = await this.query<Charge>(
      `INSERT INTO fake_provider.charges (key, reference, amount, currency, status, captured_amount)
       VALUES ($1, $2, $3::bigint, $4, $5::text, CASE WHEN $5::text = 'captured' THEN $3::bigint ELSE 0 END)
       ON CONFLICT (key) DO UPDATE SET key = EXCLUDED.key
       RETURNING reference, status`,
      [key, `fake_ch_${newId()}`, amount, currency, status],
    );
    return charge!;
  }

  private async query<Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<Row[]> {
    this.pool ??= this.connect();
    try {
      return (await this.pool.query<Row>({ name: text.slice(0, 40), text, values })).rows;
    } catch (error) {
      throw new ProviderUnreachableError('fake', String(error));
    }
  }
  private connect(): pg.Pool {
    const pool = new pg.Pool({
      connectionString: this.environment.DATABASE_URL,
      application_name: 'storehouse fake payment provider',
      max: 4,
      connectionTimeoutMillis: 5_000,
    });
    // A server that goes away while a connection is idle is reported by the next query, and must not end the process.
    pool.on('error', () => undefined);
    return pool;
  }
}

/** Says nothing until the caller gives up. */
async function silence(signal: AbortSignal): Promise<never> {
  await delay(3_600_000, undefined, { signal, ref: false }).catch(() => undefined);
  throw new ProviderUnreachableError('fake', 'no answer');
}

function outcomeOf({ status, reference }: Charge): ProviderOutcome {
  return { status: status === 'captured' ? 'captured' : 'failed', reference, failureCode: FAILURE_CODES[status] };
}
