import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { regionOf } from '../../common/address/country-forms.js';
import { type FieldError, raise } from '../../common/errors/domain.error.js';
import { assertVersion, InvalidRequestError } from '../../common/errors/request.errors.js';
import { newId } from '../../common/ids.js';
import type { Page } from '../../common/pagination/page.dto.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import { postalCodeRange } from './tax-place.js';
import { TaxRateEvent } from './tax-rate.event.js';
import { plainRate, type TaxRate, type TaxSettings } from './tax-rate.entity.js';
import type { CreateTaxRateDto, ListTaxRatesDto, UpdateTaxRateDto, UpdateTaxSettingsDto } from './tax.dto.js';
import { TaxRateNotFoundError } from './tax.errors.js';
import { TaxRepository } from './tax.repository.js';

/** Tax rates, and how the prices of the shop relate to them. What is placed from then on is taxed so; orders stay as they are. */
@Injectable()
export class TaxService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly taxes: TaxRepository,
    private readonly audit: AuditLog,
    private readonly outbox: Outbox,
  ) {}

  /** @throws TaxRateNotFoundError */
  async get(id: string): Promise<TaxRate> {
    return (await this.taxes.find(id)) ?? raise(new TaxRateNotFoundError());
  }

  /** One page of rates, in the order in which they were made. */
  list(query: ListTaxRatesDto): Promise<Page<TaxRate>> {
    return this.taxes.findPage(query);
  }

  /** @throws TaxRateTakenError; InvalidRequestError for a region that the country does not have, and the like. */
  create(dto: CreateTaxRateDto): Promise<TaxRate> {
    // What is null has its default, like what is absent.
    const given = Object.fromEntries(Object.entries(dto).filter(([, value]) => value !== null));
    const rate = checked({ ...(given as unknown as Given), id: newId() });
    return this.transactions.run(async () => {
      await this.taxes.insert(rate);
      const made = await this.get(rate.id);
      await this.outbox.add(new TaxRateEvent('tax_rate.created', made));
      await this.audit.record({ action: 'tax_rate.created', target: targetOf(rate.id), after: summary(made) });
      return made;
    });
  }

  /**
   * Changes a rate; members that are absent stay (RFC 7396), and what is already so changes nothing, not even the version.
   *
   * @throws TaxRateNotFoundError, TaxRateTakenError, VersionMismatchError; InvalidRequestError as for `create`.
   */
  update(id: string, change: UpdateTaxRateDto, expectedVersion?: number): Promise<TaxRate> {
    return this.transactions.run(async () => {
      const rate = await this.lock(id, expectedVersion);
      const before = summary(rate);
      const { version } = rate;
      const changed = await this.taxes.save(checked(Object.assign(rate, change)));
      if (changed.version !== version) {
        const after = summary(changed);
        await this.outbox.add(new TaxRateEvent('tax_rate.changed', changed));
        await this.audit.record({ action: 'tax_rate.changed', target: targetOf(id), before, after });
      }
      return changed;
    });
  }

  /** @throws TaxRateNotFoundError, VersionMismatchError */
  async remove(id: string, expectedVersion?: number): Promise<void> {
    await this.transactions.run(async () => {
      const rate = await this.lock(id, expectedVersion);
      await this.taxes.delete(id);
      await this.outbox.add(new TaxRateEvent('tax_rate.removed', { id, version: rate.version + 1 }));
      await this.audit.record({ action: 'tax_rate.removed', target: targetOf(id), before: summary(rate) });
    });
  }

  settings(): Promise<TaxSettings> {
    return this.taxes.findSettings();
  }

  /** @throws VersionMismatchError; InvalidRequestError for a region without its country. */
  updateSettings(change: UpdateTaxSettingsDto, expectedVersion?: number): Promise<TaxSettings> {
    return this.transactions.run(async () => {
      const settings = await this.taxes.lockSettings();
      assertVersion(settings, expectedVersion);
      const before = settingsSummary(settings);
      const { version } = settings;
      const { defaultCountry, defaultRegion } = Object.assign(settings, change);
      settings.defaultCountry = defaultCountry?.toUpperCase() ?? null;
      settings.defaultRegion = knownRegion(defaultRegion, settings.defaultCountry, '/defaultRegion');
      const changed = await this.taxes.saveSettings(settings);
      if (changed.version !== version) {
        const target = { type: 'tax_settings', id: 'tax_settings' };
        await this.audit.record({ action: 'tax_settings.changed', target, before, after: settingsSummary(changed) });
      }
      return changed;
    });
  }

  private async lock(id: string, expectedVersion: number | undefined): Promise<TaxRate> {
    const rate = (await this.taxes.lock(id)) ?? raise(new TaxRateNotFoundError());
    assertVersion(rate, expectedVersion);
    return rate;
  }
}

const targetOf = (id: string): { type: string; id: string } => ({ type: 'tax_rate', id });

const summary = ({ name, rate, country, region, category, priority, validFrom, validTo, status }: TaxRate) => ({
  ...{ name, rate, country, region, category, priority, validFrom, validTo, status },
});

const settingsSummary = ({
  pricesIncludeTax,
  exceptCurrencies,
  defaultCountry,
  defaultRegion,
  timeZone,
}: TaxSettings) => ({
  ...{ pricesIncludeTax, exceptCurrencies, defaultCountry, defaultRegion, timeZone },
});

/** What a new rate says, and nothing that is null. */
type Given = Partial<TaxRate> & Pick<TaxRate, 'name' | 'rate' | 'country'>;

/** A rate as it is kept. @throws InvalidRequestError for members that do not fit each other. */
function checked<Rate extends Partial<TaxRate> & Pick<TaxRate, 'rate' | 'country'>>(rate: Rate): Rate {
  const country = rate.country.toUpperCase();
  const postalCodes = (rate.postalCodes ?? []).map(postalCodeRange);
  const faults = postalCodes.flatMap((range, index): FieldError[] =>
    range === null
      ? [
          {
            pointer: `/postalCodes/${index}`,
            code: 'postal_code',
            message: 'must be the beginning of a postal code, or two of equal length with .. between, the lower first',
          },
        ]
      : [],
  );
  if (rate.validFrom && rate.validTo && rate.validTo < rate.validFrom)
    faults.push({ pointer: '/validTo', code: 'range', message: 'must not be before validFrom' });
  if (faults.length > 0) throw new InvalidRequestError(faults);
  return Object.assign(rate, {
    country,
    region: knownRegion(rate.region, country, '/region'),
    rate: plainRate(rate.rate),
    postalCodes: [...new Set(postalCodes)].sort(),
  });
}

/** The code of a region. @throws InvalidRequestError naming `pointer` for what is no region of the country. */
function knownRegion(region: string | null | undefined, country: string | null, pointer: string): string | null {
  if (region === null || region === undefined) return null;
  const known = country === null ? undefined : regionOf(region.trim(), country);
  return known ?? raise(InvalidRequestError.of(pointer, 'region', `is not a region of ${country ?? 'no country'}`));
}
