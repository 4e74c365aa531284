import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, MoreThan, type Repository } from 'typeorm';
import { TransactionRunner } from '../../../database/transaction-runner.js';
import { type CarrierQuestion, type KnownRates, questionKey } from './carrier-question.js';
import { CarrierRates } from './carrier-rates.entity.js';
import type { CarrierRate } from './shipping-carrier.js';

/** What carriers have answered. */
@Injectable()
export class CarrierRatesRepository {
  constructor(
    @InjectRepository(CarrierRates) private readonly answers: Repository<CarrierRates>,
    private readonly transactions: TransactionRunner,
  ) {}

  /** Those of the answers that hold now; one statement. */
  async find(questions: readonly CarrierQuestion[]): Promise<KnownRates> {
    const found = await this.answers.findBy({
      question: In(questions.map(questionKey)),
      expiresAt: MoreThan(new Date()),
    });
    return new Map(found.map(({ question, rates }) => [question, rates]));
  }

  async keep(question: CarrierQuestion, rates: readonly CarrierRate[], expiresAt: Date): Promise<void> {
    await this.answers.upsert({ question: questionKey(question), rates: [...rates], expiresAt }, ['question']);
  }

  /** Deletes up to `limit` answers that do not hold any more. @returns how many. */
  purge(limit: number): Promise<number> {
    return this.transactions.purge('carrier_rates', 'expires_at <= now()', limit);
  }
}
