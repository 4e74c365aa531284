import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Not, type Repository } from 'typeorm';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { VerifiedRule } from './verified-rules.js';
import { VerifiedRuleState } from './verified-rule-state.entity.js';

/** Recomputes balances. */
@Injectable()
export class VerificationRepository {
  constructor(
    private readonly transactions: TransactionRunner,
    @InjectRepository(VerifiedRuleState) private readonly states: Repository<VerifiedRuleState>,
  ) {}

  /** The first `limit` rows from id `since` on that break a rule. Takes as long as it takes, and cannot write. */
  findBreaches(rule: VerifiedRule, since: string, limit: number): Promise<Record<string, unknown>[]> {
    return this.transactions.run(async () => {
      await this.transactions.execute('SET TRANSACTION READ ONLY');
      await this.transactions.execute('SET LOCAL statement_timeout = 0');
      return this.transactions.query<Record<string, unknown>>(`SELECT * FROM (${rule.sql}) AS breach LIMIT $2`, [
        since,
        limit,
      ]);
    });
  }

  /** Keeps what a run has found, in place of what the last one had. */
  async keep(states: readonly VerifiedRuleState[]): Promise<void> {
    await this.transactions.run(async () => {
      await this.states.upsert([...states], ['rule']);
      await this.states.delete({ rule: Not(In(states.map(({ rule }) => rule))) });
    });
  }

  /** What the last run has found; nothing before the first. */
  findKept(): Promise<VerifiedRuleState[]> {
    return this.states.find();
  }
}
