import { Check, Column, Entity, Index, PrimaryColumn, UpdateDateColumn, VersionColumn } from 'typeorm';
import { STANDARD_TAX_CATEGORY } from '../../common/tax-category.js';
import { Resource } from '../../database/resource.entity.js';

export const TAX_RATE_STATUSES = ['active', 'inactive'] as const;
export type TaxRateStatus = (typeof TAX_RATE_STATUSES)[number];

/** A decimal fraction without needless zeros: PostgreSQL writes "0.190000". */
export const plainRate = (rate: string): string => (rate.includes('.') ? rate.replace(/\.?0+$/, '') : rate);

/** What a tax takes in a place, of goods of a category. */
@Entity('tax_rates')
@Check('tax_rates_rate_check', `rate >= 0`)
@Check('tax_rates_priority_check', `priority BETWEEN 1 AND 10`)
@Check('tax_rates_valid_check', `valid_to >= valid_from`)
@Check('tax_rates_status_check', `status IN ('active', 'inactive')`)
@Index('tax_rates_place_key', { synchronize: false })
export class TaxRate extends Resource {
  /** As customers read it. @example "VAT" */
  @Column({ type: 'text' })
  name: string;

  /** A decimal fraction: 19 percent. @example "0.19" */
  @Column({ type: 'numeric', precision: 7, scale: 6, transformer: { to: (rate: string) => rate, from: plainRate } })
  rate: string;

  /** ISO 3166-1 alpha-2 code. @example "DE" */
  @Column({ type: 'char', length: 2 })
  country: string;

  /** Part of the country it is due in: the code of ISO 3166-2 without the country; null for all of it. @example null */
  @Column({ type: 'text', nullable: true })
  region: string | null;

  /** Beginnings of postal codes it is due in, and ranges of them; empty for all. @example ["78266"] */
  @Column({ type: 'text', array: true, default: '{}' })
  postalCodes: string[];

  /** Tax category of the goods. @example "standard" */
  @Column({ type: 'text', default: STANDARD_TAX_CATEGORY })
  category: string;

  /** Of each priority one rate applies: that of the nearest place. @example 1 */
  @Column({ type: 'int', default: 1 })
  priority: number;

  /** Whether it is due on the taxes of lower priorities as well. @example false */
  @Column({ type: 'boolean', default: false })
  isCompound: boolean;

  /** @example true */
  @Column({ type: 'boolean', default: true })
  appliesToShipping: boolean;

  /** First day, in the time zone of the tax settings; null for always. @example "2026-01-01" */
  @Column({ type: 'date', nullable: true })
  validFrom: string | null;

  /** Last day; null for ever. @example null */
  @Column({ type: 'date', nullable: true })
  validTo: string | null;

  /** @example "active" */
  @Column({ type: 'text', default: 'active' })
  status: TaxRateStatus;
}

/** How the prices of the shop relate to taxes: one row. */
@Entity('tax_settings')
@Check('tax_settings_is_only_check', `is_only`)
export class TaxSettings {
  @PrimaryColumn({ type: 'boolean', default: true })
  isOnly: boolean;

  /** Whether prices contain their tax. @example true */
  @Column({ type: 'boolean', default: false })
  pricesIncludeTax: boolean;

  /** Currencies in which it is the other way round. @example ["USD"] */
  @Column({ type: 'text', array: true, default: '{}' })
  exceptCurrencies: string[];

  /** Where goods are taken to go while there is no address; null for no tax until there is one. @example "DE" */
  @Column({ type: 'char', length: 2, nullable: true })
  defaultCountry: string | null;

  /** @example null */
  @Column({ type: 'text', nullable: true })
  defaultRegion: string | null;

  /** In which the days of tax rates begin and end. @example "Europe/Berlin" */
  @Column({ type: 'text', default: 'UTC' })
  timeZone: string;

  /** Rises with every change. @example 1 */
  @VersionColumn({ default: 1 })
  version: number;

  /** @example "2026-01-15T09:30:00.000Z" */
  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt: Date;
}
