import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { raise } from '../../common/errors/domain.error.js';
import { assertVersion } from '../../common/errors/request.errors.js';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { UsersService } from '../../users/users.service.js';
import type { GrantTaxExemptionDto } from './tax-exemption.dto.js';
import type { TaxExemption } from './tax-exemption.entity.js';
import { TaxExemptionsRepository } from './tax-exemptions.repository.js';
import { TaxExemptionNotFoundError } from './tax.errors.js';
import { normalisedVatId } from './vat-id.js';

/**
 * Who pays no tax. Staff say so, once they have seen the proof: a certificate, or that the register of a country knows the VAT id. What
 * customers say of themselves waits for that, and changes no price.
 */
@Injectable()
export class TaxExemptionsService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly exemptions: TaxExemptionsRepository,
    private readonly audit: AuditLog,
  ) {}

  /** @throws TaxExemptionNotFoundError when there is neither an exemption nor a claim. */
  async get(userId: string): Promise<TaxExemption> {
    return (await this.exemptions.find(userId)) ?? raise(new TaxExemptionNotFoundError());
  }

  /** One page of those that customers ask for, the first to ask first. */
  listClaims(request: PageRequest): Promise<Page<TaxExemption>> {
    return this.exemptions.findClaims(request);
  }

  /**
   * Exempts a customer, in the place of any exemption before, and settles what the customer asks for.
   *
   * @throws UserNotFoundError, VersionMismatchError; InvalidRequestError for what is no VAT id.
   */
  async grant(userId: string, dto: GrantTaxExemptionDto, expectedVersion?: number): Promise<TaxExemption> {
    const { reason, expiresAt = null } = dto;
    const vatId = dto.vatId ? await normalisedVatId(dto.vatId) : null;
    const countries = dto.countries?.map((country) => country.toUpperCase()).sort() ?? null;
    return this.transactions.run(async () => {
      await this.users.lockActive(userId);
      const present = await this.exemptions.find(userId);
      assertVersion(present ?? { version: 0 }, expectedVersion);
      const grantedAt = present?.grantedAt ?? new Date();
      const granted = { vatId, reason, countries, expiresAt, grantedAt, claimedVatId: null, claimedAt: null };
      const saved = await this.exemptions.save(Object.assign(present ?? { userId }, granted));
      await this.audit.record({
        action: 'user.tax_exemption_granted',
        target: { type: 'user', id: userId },
        after: { countries, expiresAt: expiresAt?.toISOString() ?? null, hasVatId: vatId !== null },
      });
      return saved;
    });
  }

  /** Notes the VAT id by which a customer asks for an exemption; one that is granted stays as it is meanwhile. @throws InvalidRequestError */
  async claim(userId: string, vatId: string): Promise<TaxExemption> {
    const claimedVatId = await normalisedVatId(vatId);
    return this.transactions.run(async () => {
      await this.users.lockActive(userId);
      const present = await this.exemptions.find(userId);
      if (present?.claimedVatId === claimedVatId) return present;
      const claimed = { claimedVatId, claimedAt: new Date() };
      const saved = await this.exemptions.save(Object.assign(present ?? { userId }, claimed));
      await this.audit.record({ action: 'user.vat_id_claimed', target: { type: 'user', id: userId } });
      return present ? saved : this.get(userId);
    });
  }

  /** Ends an exemption, and refuses what the customer asks for. @throws TaxExemptionNotFoundError, VersionMismatchError */
  async remove(userId: string, expectedVersion?: number): Promise<void> {
    await this.transactions.run(async () => {
      await this.users.lockActive(userId);
      const { countries, version } = await this.get(userId);
      assertVersion({ version }, expectedVersion);
      await this.exemptions.delete(userId);
      const target = { type: 'user', id: userId };
      await this.audit.record({ action: 'user.tax_exemption_ended', target, before: { countries } });
    });
  }

  async export(userId: string): Promise<unknown> {
    return (await this.exemptions.find(userId)) ?? undefined;
  }

  erase(userId: string): Promise<void> {
    return this.exemptions.delete(userId);
  }
}
