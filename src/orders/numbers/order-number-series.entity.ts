import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** What begins the numbers of a series: a letter first, and no digit last, so that a number says which series it is of. */
export const NUMBER_PREFIX = /^[A-Z](?:[A-Z0-9-]{0,10}[A-Z-])?$/;

/** A series of order numbers: its prefix, and the sequence that counts behind it. */
@Entity('order_number_series')
@Check('order_number_series_prefix_check', `prefix ~ '^([A-Z]([A-Z0-9-]{0,10}[A-Z-])?)?$'`)
export class OrderNumberSeries {
  /** Empty for the numbers that are digits alone. */
  @PrimaryColumn({ type: 'text' })
  prefix: string;

  @Column({ type: 'text', unique: true })
  sequenceName: string;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;
}
