import { Column } from 'typeorm';
import { safeInteger } from './columns.js';

/**
 * An amount of money in two columns: `@Column(() => MoneyColumns) price` is `price_amount` in minor units and `price_currency`.
 *
 * It is always there: TypeORM does not notice when an embedded member becomes null.
 */
export class MoneyColumns {
  @Column({ type: 'bigint', transformer: safeInteger })
  amount: number;

  @Column({ type: 'char', length: 3 })
  currency: string;
}
