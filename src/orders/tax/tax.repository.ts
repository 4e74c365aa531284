import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { FindOptionsWhere, Repository } from 'typeorm';
import type { Page } from '../../common/pagination/page.dto.js';
import { Pages } from '../../database/pages.js';
import { onViolation } from '../../database/postgres-errors.js';
import { TaxRate, TaxSettings } from './tax-rate.entity.js';
import type { ListTaxRatesDto } from './tax.dto.js';
import { TaxRateTakenError } from './tax.errors.js';

const MEANINGS = { tax_rates_place_key: () => new TaxRateTakenError() };

/** Tax rates and tax settings. */
@Injectable()
export class TaxRepository {
  constructor(
    @InjectRepository(TaxRate) private readonly rates: Repository<TaxRate>,
    @InjectRepository(TaxSettings) private readonly settings: Repository<TaxSettings>,
    private readonly pages: Pages,
  ) {}

  find(id: string): Promise<TaxRate | null> {
    return this.rates.findOneBy({ id });
  }

  lock(id: string): Promise<TaxRate | null> {
    return this.rates.findOne({ where: { id }, lock: { mode: 'for_no_key_update' } });
  }

  /** In the order in which they were made. */
  findPage({ country, category, ...request }: ListTaxRatesDto): Promise<Page<TaxRate>> {
    const where: FindOptionsWhere<TaxRate> = {};
    if (country !== undefined) where.country = country.toUpperCase();
    if (category !== undefined) where.category = category;
    const query = this.rates.createQueryBuilder('r').where(where);
    return this.pages.of(query, request, { by: ['r.id'], context: `tax-rates ${JSON.stringify(where)}` });
  }

  /** @throws TaxRateTakenError also when one like it is made at the same moment. */
  async insert(rate: Partial<TaxRate>): Promise<void> {
    await onViolation(this.rates.insert(rate), MEANINGS);
  }

  /** @throws TaxRateTakenError */
  save(rate: TaxRate): Promise<TaxRate> {
    return onViolation(this.rates.save(rate), MEANINGS);
  }

  async delete(id: string): Promise<void> {
    await this.rates.delete({ id });
  }

  findSettings(): Promise<TaxSettings> {
    return this.settings.findOneByOrFail({ isOnly: true });
  }

  lockSettings(): Promise<TaxSettings> {
    return this.settings.findOneOrFail({ where: { isOnly: true }, lock: { mode: 'for_no_key_update' } });
  }

  saveSettings(settings: TaxSettings): Promise<TaxSettings> {
    return this.settings.save(settings);
  }
}
