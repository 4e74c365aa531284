import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../database/transaction-runner.js';

/** More addresses than a person signs in from in the time that sessions are remembered. */
const MOST_ADDRESSES = 1_000;

/** Where users have signed in from. */
@Injectable()
export class KnownAddressesRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** The addresses that sessions of the user were started from, as far as the sessions are not forgotten (30 days after their end). */
  async findAll(userId: string): Promise<string[]> {
    const rows = await this.transactions.query<{ address: string }>(
      `SELECT DISTINCT address FROM sessions
       WHERE user_id = $1 AND impersonator_id IS NULL AND address IS NOT NULL LIMIT ${MOST_ADDRESSES}`,
      [userId],
    );
    return rows.map(({ address }) => address);
  }
}
