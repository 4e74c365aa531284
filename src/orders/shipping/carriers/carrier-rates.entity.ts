import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { CarrierRate } from './shipping-carrier.js';

/** What a carrier has answered for a parcel, as long as that holds. */
@Entity('carrier_rates')
export class CarrierRates {
  /** What was asked; see `questionKey`. It names a place and a weight, and nobody. */
  @PrimaryColumn({ type: 'text' })
  question: string;

  @Column({ type: 'jsonb' })
  rates: CarrierRate[];

  @Column({ type: 'timestamptz' })
  @Index('carrier_rates_expires_at_idx')
  expiresAt: Date;
}
