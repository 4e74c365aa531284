import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Not, type Repository } from 'typeorm';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { Pages } from '../../database/pages.js';
import { TaxExemption } from './tax-exemption.entity.js';

/** Who pays no tax, and who asks for it. */
@Injectable()
export class TaxExemptionsRepository {
  constructor(
    @InjectRepository(TaxExemption) private readonly exemptions: Repository<TaxExemption>,
    private readonly pages: Pages,
  ) {}

  find(userId: string): Promise<TaxExemption | null> {
    return this.exemptions.findOneBy({ userId });
  }

  /** Those that customers ask for, the first to ask first. */
  findClaims(request: PageRequest): Promise<Page<TaxExemption>> {
    const query = this.exemptions.createQueryBuilder('e').where({ claimedAt: Not(IsNull()) });
    return this.pages.of(query, request, { by: ['e.claimedAt', 'e.userId'], context: 'vat-id-claims' });
  }

  save(exemption: Partial<TaxExemption> & Pick<TaxExemption, 'userId'>): Promise<TaxExemption> {
    return this.exemptions.save(exemption as TaxExemption);
  }

  async delete(userId: string): Promise<void> {
    await this.exemptions.delete({ userId });
  }
}
