import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { Environment } from '../../config/environment.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { NUMBER_PREFIX, OrderNumberSeries } from './order-number-series.entity.js';

/** A series that cannot be made; the message says why. */
export class OrderNumberSeriesError extends Error {}

/**
 * Series of order numbers. Each counts by a sequence of PostgreSQL, which nobody waits for: an order that is rolled back leaves a gap, and
 * two orders that are placed at once may be numbered the other way round. See docs/decisions/0023-drafts-and-numbers.md.
 */
@Injectable()
export class OrderNumbersRepository implements OnModuleInit {
  /** Of the orders that shoppers place; null for the digits alone, which the database gives by itself. */
  current: OrderNumberSeries | null = null;

  constructor(
    private readonly environment: Environment,
    private readonly transactions: TransactionRunner,
    @InjectRepository(OrderNumberSeries) private readonly series: Repository<OrderNumberSeries>,
  ) {}

  /** @throws OrderNumberSeriesError, which stops the start, when the series of the setting does not exist. */
  async onModuleInit(): Promise<void> {
    const prefix = this.environment.ORDER_NUMBER_PREFIX;
    if (prefix === undefined) return;
    this.current = await this.find(prefix);
    if (!this.current) {
      throw new OrderNumberSeriesError(
        `ORDER_NUMBER_PREFIX: there is no series ${prefix}; make it with: npm run order-numbers -- add ${prefix}`,
      );
    }
  }

  find(prefix: string): Promise<OrderNumberSeries | null> {
    return this.series.findOneBy({ prefix });
  }

  list(): Promise<OrderNumberSeries[]> {
    return this.series.find({ order: { prefix: 'ASC' } });
  }

  /**
   * Makes a series and its sequence; for the command, as who runs the application may not change the schema.
   *
   * @param start The first number.
   * @throws OrderNumberSeriesError for a prefix that is taken, by a series or by orders of the past, or is none.
   */
  async add(prefix: string, start: number): Promise<OrderNumberSeries> {
    if (!NUMBER_PREFIX.test(prefix)) {
      throw new OrderNumberSeriesError(
        `${prefix} is no prefix: up to 12 of A-Z, 0-9 and -, beginning with a letter and not ending with a digit.`,
      );
    }
    return this.transactions.run(async () => {
      if (await this.find(prefix)) throw new OrderNumberSeriesError(`There is a series ${prefix} already.`);
      if (await this.isInUse(prefix))
        throw new OrderNumberSeriesError(`There are orders of the past whose numbers begin with ${prefix}.`);
      const sequenceName = `order_number_${prefix.toLowerCase().replaceAll('-', '_')}_seq`;
      // Only the characters of a prefix are in the name, and a sequence takes no parameters.
      await this.transactions.execute(`CREATE SEQUENCE ${sequenceName} AS bigint START ${Math.trunc(start)}`);
      await this.series.insert({ prefix, sequenceName });
      return (await this.find(prefix))!;
    });
  }

  private async isInUse(prefix: string): Promise<boolean> {
    const row = await this.transactions.queryOne<{ found: boolean }>(
      `SELECT EXISTS (SELECT FROM orders WHERE number ~ ('^' || $1 || '\\d+$')) AS found`,
      [prefix],
    );
    return row!.found;
  }
}
