import { Logger } from '@nestjs/common';
import pg from 'pg';
import { newId } from '../../common/ids.js';
import { Secrets } from '../../common/secrets.js';
import { signWebhook } from '../../common/standard-webhooks.js';
import type { Environment } from '../../config/environment.js';
import { type NextAction, type OperationKind, ProviderUnreachableError } from './payment-provider.js';

export interface FakeCharge {
  readonly key: string;
  readonly reference: string;
  readonly amount: number;
  readonly currency: string;
  readonly status: FakeStatus;
  readonly capturesLater: boolean;
  readonly authorisedAmount: number;
  readonly capturedAmount: number;
  readonly refundedAmount: number;
  /** Rises with each change. */
  readonly version: number;
}

/** Both of what failed say why. */
export type FakeStatus =
  | 'requires_action'
  | 'processing'
  | 'authorised'
  | 'partially_captured'
  | 'captured'
  | 'voided'
  | 'expired'
  | 'failed'
  | 'refused'
  | 'abandoned'
  | 'token_unknown';

export interface FakeOperation {
  readonly key: string;
  readonly kind: OperationKind;
  readonly reference: string;
  readonly status: 'succeeded' | 'failed';
}

/** An event as the company sends it. */
export interface FakeEvent {
  readonly id: string;
  readonly created: string;
  readonly charge?: FakeCharge;
  readonly operation?: FakeOperation;
}

const CHARGE = `key, reference, amount::float8 AS amount, currency, status, captures_later AS "capturesLater",
  authorised_amount::float8 AS "authorisedAmount", captured_amount::float8 AS "capturedAmount",
  refunded_amount::float8 AS "refundedAmount", version`;
const OPERATION = `key, kind, reference, status`;
/** Waits between attempts to deliver an event; what is not taken then is not sent any more. */
const RETRY_AFTER_MS = [1_000, 5_000, 30_000];

/**
 * The company behind the fake provider: its books, its page for shoppers, its webhooks.
 *
 * It stands for one elsewhere, so it has connections of its own, outside every transaction of the application, and knows of the shop only
 * where webhooks go. It sends them for what happens after a call was answered, and for everything where `tellsAll` is set.
 */
export class FakeCompany {
  private readonly logger = new Logger('FakePaymentCompany');
  private readonly retries = new Set<NodeJS.Timeout>();
  private pool: pg.Pool | undefined;
  private signingKey: Buffer | undefined;
  tellsAll = false;
  /** Tests take the place of the network. @returns the status of the answer. */
  send = async (body: string, headers: Readonly<Record<string, string>>): Promise<number> => {
    const response = await fetch(`${this.environment.PUBLIC_URL}/api/v1/payment-webhooks/fake`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: AbortSignal.timeout(5_000),
    });
    return response.status;
  };

  constructor(private readonly environment: Environment) {}

  /** What the shop and the company agreed upon: the key of the signatures. */
  get secret(): Buffer {
    return (this.signingKey ??= new Secrets(this.environment).sign('fake-payments', 'webhooks'));
  }

  /** The first request with a key decides; later ones are told how the charge stands. */
  async charge(
    key: string,
    status: FakeStatus,
    amount: number,
    currency: string,
    capturesLater: boolean,
  ): Promise<FakeCharge> {
    const begun = status === 'captured' && capturesLater ? 'authorised' : status;
    const [charge] = await this.query<FakeCharge & { isNew: boolean }>(
      `INSERT INTO fake_provider.charges (key, reference, amount, currency, status, captures_later, authorised_amount, captured_amount)
       VALUES ($1, $2, $3::bigint, $4, $5::text, $6, CASE WHEN $5::text IN ('captured', 'authorised') THEN $3::bigint ELSE 0 END,
         CASE WHEN $5::text = 'captured' THEN $3::bigint ELSE 0 END)
       ON CONFLICT (key) DO UPDATE SET key = EXCLUDED.key
       RETURNING ${CHARGE}, xmax = 0 AS "isNew"`,
      [key, `fake_ch_${newId()}`, amount, currency, begun, capturesLater],
      'charge',
    );
    const { isNew, ...made } = charge!;
    if (isNew && this.tellsAll) await this.tell({ charge: made });
    return made;
  }

  async find(key: string): Promise<FakeCharge | null> {
    const [charge] = await this.query<FakeCharge>(`SELECT ${CHARGE} FROM fake_provider.charges WHERE key = $1`, [key]);
    return charge ?? null;
  }

  async findByReference(reference: string): Promise<FakeCharge | null> {
    const [charge] = await this.query<FakeCharge>(`SELECT ${CHARGE} FROM fake_provider.charges WHERE reference = $1`, [
      reference,
    ]);
    return charge ?? null;
  }

  /** Where the shopper confirms a charge, or refuses it. */
  actionOf({ reference }: FakeCharge): NextAction {
    return { type: 'redirect', url: `${this.environment.PUBLIC_URL}/dev/payments/${reference}` };
  }

  /**
   * What becomes of a charge that waits: the shopper has confirmed or refused it, or it is given up. Nothing when it does not wait (any more).
   *
   * @returns how the charge stands now.
   */
  async decide(
    reference: string,
    decision: 'confirmed' | 'refused' | 'expired',
    tells = true,
  ): Promise<FakeCharge | null> {
    const [changed] = await this.query<FakeCharge>(
      `UPDATE fake_provider.charges SET version = version + 1,
         status = CASE WHEN $2::text <> 'confirmed' THEN $2::text WHEN captures_later THEN 'authorised' ELSE 'captured' END,
         authorised_amount = CASE WHEN $2::text = 'confirmed' THEN amount ELSE 0 END,
         captured_amount = CASE WHEN $2::text = 'confirmed' AND NOT captures_later THEN amount ELSE 0 END
       WHERE reference = $1 AND status IN ('requires_action', 'processing') RETURNING ${CHARGE}`,
      [reference, decision],
    );
    if (changed && tells) await this.tell({ charge: changed });
    return changed ?? this.findByReference(reference);
  }

  /** An authorisation that has run out, as with a company that holds money for some days only. */
  async lapse(reference: string): Promise<FakeCharge | null> {
    const [changed] = await this.query<FakeCharge>(
      `UPDATE fake_provider.charges SET status = 'expired', version = version + 1
       WHERE reference = $1 AND status = 'authorised' RETURNING ${CHARGE}`,
      [reference],
    );
    if (changed) await this.tell({ charge: changed });
    return changed ?? null;
  }

  findOperation(key: string): Promise<FakeOperation | null> {
    return this.query<FakeOperation>(`SELECT ${OPERATION} FROM fake_provider.operations WHERE key = $1`, [key]).then(
      ([operation]) => operation ?? null,
    );
  }

  /** Captures, voids or refunds, once a key, as far as the charge allows; the charge is locked meanwhile. */
  async operate(
    kind: OperationKind,
    key: string,
    chargeReference: string | null,
    amount: number,
    isFinal = false,
  ): Promise<FakeOperation> {
    const { operation, charge } = await this.transaction(async (query) => {
      const [charge] = await query<FakeCharge>(
        `SELECT ${CHARGE} FROM fake_provider.charges WHERE reference = $1 FOR UPDATE`,
        [chargeReference],
      );
      const [known] = await query<FakeOperation>(`SELECT ${OPERATION} FROM fake_provider.operations WHERE key = $1`, [
        key,
      ]);
      if (known) return { operation: known };
      const held = charge ? charge.authorisedAmount - charge.capturedAmount : 0;
      const isHeld = charge?.status === 'authorised' || charge?.status === 'partially_captured';
      const isDone = !charge
        ? false
        : kind === 'refund'
          ? amount <= charge.capturedAmount - charge.refundedAmount
          : isHeld && (kind === 'void' || amount <= held);
      const [operation] = await query<FakeOperation>(
        `INSERT INTO fake_provider.operations (key, kind, charge_reference, reference, amount, status)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (key) DO UPDATE SET key = EXCLUDED.key RETURNING ${OPERATION}`,
        [
          key,
          kind,
          chargeReference,
          `fake_${kind}_${newId()}`,
          kind === 'void' ? held : amount,
          isDone ? 'succeeded' : 'failed',
        ],
      );
      if (!charge || !isDone) return { operation };
      const captured = charge.capturedAmount + (kind === 'capture' ? amount : 0);
      const authorised = kind === 'void' || (kind === 'capture' && isFinal) ? captured : charge.authorisedAmount;
      const [changed] = await query<FakeCharge>(
        `UPDATE fake_provider.charges SET version = version + 1, status = $2, authorised_amount = $3, captured_amount = $4,
           refunded_amount = refunded_amount + $5
         WHERE reference = $1 RETURNING ${CHARGE}`,
        [
          chargeReference,
          kind === 'refund'
            ? charge.status
            : captured === 0
              ? 'voided'
              : captured === authorised
                ? 'captured'
                : 'partially_captured',
          authorised,
          captured,
          kind === 'refund' ? amount : 0,
        ],
      );
      return { operation, charge: changed };
    });
    if (this.tellsAll) await this.tell({ operation: operation!, charge });
    return operation!;
  }

  /** An event as it is sent. */
  write(news: Pick<FakeEvent, 'charge' | 'operation'>): { readonly id: string; readonly body: string } {
    const event: FakeEvent = { id: `fake_evt_${newId()}`, created: new Date().toISOString(), ...news };
    return { id: event.id, body: JSON.stringify(event) };
  }

  /** Writes an event down and sends it, now and, until it is taken, a few times more. */
  async tell(news: Pick<FakeEvent, 'charge' | 'operation'>): Promise<void> {
    const { id, body } = this.write(news);
    await this.query(`INSERT INTO fake_provider.events (id, body) VALUES ($1, $2)`, [id, body]);
    await this.deliver(id, body, 0);
  }

  /** The headers of a webhook of the company. */
  sign(id: string, body: string, sentAt = new Date()): Record<string, string> {
    return { ...signWebhook(this.secret, id, sentAt, body) };
  }

  /** Not before the last request has been answered: it may be paying. */
  async close(): Promise<void> {
    for (const timer of this.retries) clearTimeout(timer);
    await this.pool?.end();
  }

  private async deliver(id: string, body: string, attempt: number): Promise<void> {
    const status = await this.send(body, this.sign(id, body)).catch((error: unknown) => String(error));
    const isTaken = typeof status === 'number' && status >= 200 && status < 300;
    await this.query(
      `UPDATE fake_provider.events SET attempts = attempts + 1, delivered_at = CASE WHEN $2 THEN now() END WHERE id = $1`,
      [id, isTaken],
    );
    const wait = RETRY_AFTER_MS[attempt];
    if (isTaken || wait === undefined) return;
    const timer = setTimeout(() => {
      this.retries.delete(timer);
      this.deliver(id, body, attempt + 1).catch((error: unknown) => this.logger.warn(`event ${id}: ${String(error)}`));
    }, wait).unref();
    this.retries.add(timer);
  }

  /** @param name Of a statement that is prepared once a connection. */
  private async query<Row extends pg.QueryResultRow>(text: string, values: unknown[], name?: string): Promise<Row[]> {
    return this.reach(async (pool) => (await pool.query<Row>({ name, text, values })).rows);
  }

  private transaction<Result>(
    work: (
      query: <Row extends pg.QueryResultRow>(text: string, values: unknown[]) => Promise<Row[]>,
    ) => Promise<Result>,
  ): Promise<Result> {
    return this.reach(async (pool) => {
      const client = await pool.connect();
      client.on('error', reportedByItsQueries);
      try {
        await client.query('BEGIN');
        const result = await work(async (text, values) => (await client.query(text, values)).rows as never[]);
        await client.query('COMMIT');
        client.off('error', reportedByItsQueries).release();
        return result;
      } catch (error) {
        client.release(true);
        throw error;
      }
    });
  }

  private async reach<Result>(work: (pool: pg.Pool) => Promise<Result>): Promise<Result> {
    this.pool ??= this.connect();
    try {
      return await work(this.pool);
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
    pool.on('error', reportedByItsQueries);
    return pool;
  }
}

/** A server that goes away is reported by the query under way, or by the next one, and must not end the process. */
function reportedByItsQueries(): void {}
