import { Injectable, Logger } from '@nestjs/common';
import { type CarrierQuestion, questionKey } from './carrier-question.js';
import { CarrierRatesRepository } from './carrier-rates.repository.js';
import { CarrierUnreachableError } from './shipping-carrier.js';
import { ShippingCarriers } from './shipping-carriers.js';

/** How long an answer of a carrier holds: long enough to check out. */
const HOLDS_FOR_MS = 30 * 60_000;

/** Asks carriers what they take. Pricing reads only what has been answered, so that an order never waits for a carrier. */
@Injectable()
export class CarrierRatesService {
  private readonly logger = new Logger(CarrierRatesService.name);

  constructor(
    private readonly carriers: ShippingCarriers,
    private readonly answers: CarrierRatesRepository,
  ) {}

  /** Asks each question once, all at the same time, and keeps the answers. One that gets no answer stays open; never inside a transaction. */
  async ask(questions: readonly CarrierQuestion[]): Promise<void> {
    const distinct = new Map(questions.map((question) => [questionKey(question), question]));
    await Promise.all([...distinct.values()].map((question) => this.askOne(question)));
  }

  private async askOne(question: CarrierQuestion): Promise<void> {
    const { carrier, destination, ...parcel } = question;
    try {
      const rates = await this.carriers.call(carrier, (one, signal) => one.rates(parcel, destination, signal));
      await this.answers.keep(question, rates, new Date(Date.now() + HOLDS_FOR_MS));
    } catch (error) {
      if (!(error instanceof CarrierUnreachableError)) throw error;
      this.logger.warn({ carrier, reason: error.message }, 'a carrier did not say what it takes');
    }
  }
}
