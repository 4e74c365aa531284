import { PickType } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsISO31661Alpha2,
  IsOptional,
  IsString,
  IsTimeZone,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { isCurrency } from '../../common/money/currencies.js';
import { OF_RESOURCE, shown } from '../../common/http/resource.dto.js';
import { PageOf, PageQueryDto } from '../../common/pagination/page.dto.js';
import { IsTaxCategory } from '../../common/tax-category.js';
import {
  HasDefault,
  IsLine,
  IsNotBlank,
  MayBeRemoved,
  MergePatchOf,
  satisfies,
} from '../../common/validation/decorators.js';
import { IsDay } from '../../common/validation/instant.js';
import { TAX_RATE_STATUSES, TaxRate, type TaxRateStatus, TaxSettings } from './tax-rate.entity.js';

export class CreateTaxRateDto {
  /**
   * As customers read it.
   * @example "VAT"
   */
  @IsLine(100)
  @IsNotBlank()
  name: string;

  /**
   * A decimal fraction with six digits at most: 0.19 is 19 percent, 0 is a tax of nothing that is shown.
   * @example "0.19"
   */
  @IsString()
  @Matches(/^\d(\.\d{1,6})?$/, { message: 'must be a decimal fraction such as 0.19, with six digits at most' })
  rate: string;

  /**
   * ISO 3166-1 alpha-2 code of the country.
   * @example "DE"
   */
  @IsISO31661Alpha2()
  country: string;

  /**
   * Part of the country it is due in, by its code of ISO 3166-2 or its name; null for all of it.
   * @example null
   */
  @IsOptional()
  @IsLine(200)
  @IsNotBlank()
  region?: string | null;

  /**
   * Beginnings of postal codes it is due in, and ranges of them (`90001..90899`); empty for all. Blanks and hyphens do not matter.
   * @example ["78266"]
   */
  @HasDefault()
  @IsArray()
  @ArrayMaxSize(1000)
  @ArrayUnique()
  @IsString({ each: true })
  @Length(1, 30, { each: true })
  postalCodes?: string[];

  /**
   * Of which goods: the `taxCategory` of a product or a shipping method. `standard` is for all that have no rate of their own there.
   * @example "standard"
   */
  @HasDefault()
  @IsTaxCategory()
  category?: string;

  /**
   * Of each priority one rate applies, that of the nearest place: give taxes that add up priorities of their own.
   * @example 1
   */
  @HasDefault()
  @IsInt()
  @Min(1)
  @Max(10)
  priority?: number;

  /**
   * Whether it is due on the taxes of lower priorities as well.
   * @example false
   */
  @HasDefault()
  @IsBoolean()
  isCompound?: boolean;

  /**
   * Whether shipping is taxed by it; shipping has a category of its own as well, and `standard` where there is no rate for that.
   * @example true
   */
  @HasDefault()
  @IsBoolean()
  appliesToShipping?: boolean;

  /**
   * First day, in the time zone of the tax settings. Of two rates that hold, the one that began last applies.
   * @example "2026-01-01"
   */
  @IsOptional()
  @IsDay()
  validFrom?: string | null;

  /**
   * Last day.
   * @example null
   */
  @IsOptional()
  @IsDay()
  validTo?: string | null;

  /** @example "active" */
  @HasDefault()
  @IsIn(TAX_RATE_STATUSES)
  status?: TaxRateStatus;
}

/** A JSON Merge Patch: members that are absent stay, null removes what may be absent. */
export class UpdateTaxRateDto extends MergePatchOf(CreateTaxRateDto) {}

export class ListTaxRatesDto extends PageQueryDto {
  /**
   * Only those of this country.
   * @example "DE"
   */
  @IsOptional()
  @IsISO31661Alpha2()
  country?: string;

  /**
   * Only those of this category.
   * @example "standard"
   */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  category?: string;
}

export class TaxRateResponseDto extends PickType(TaxRate, [
  ...OF_RESOURCE,
  'name',
  'rate',
  'country',
  'region',
  'postalCodes',
  'category',
  'priority',
  'isCompound',
  'appliesToShipping',
  'validFrom',
  'validTo',
  'status',
] as const) {}

/** One page of tax rates. */
export class TaxRatePageDto extends PageOf(TaxRateResponseDto) {}

class TaxSettingsDto {
  /**
   * Whether the prices of products and shipping contain their tax.
   * @example true
   */
  @IsBoolean()
  pricesIncludeTax: boolean;

  /**
   * Currencies in which it is the other way round.
   * @example ["USD"]
   */
  @IsArray()
  @ArrayMaxSize(200)
  @ArrayUnique()
  @satisfies('isCurrency', isCurrency, 'must be ISO 4217 currency codes in upper case, such as EUR', { each: true })
  exceptCurrencies: string[];

  /**
   * Where goods are taken to go while there is no address: ISO 3166-1 alpha-2 code. Without, there is no tax until there is an address.
   * @example "DE"
   */
  @MayBeRemoved()
  @IsISO31661Alpha2()
  defaultCountry?: string;

  /**
   * Part of that country, by its code of ISO 3166-2 or its name.
   * @example null
   */
  @MayBeRemoved()
  @IsLine(200)
  @IsNotBlank()
  defaultRegion?: string;

  /**
   * In which the days of tax rates begin and end: a name of the IANA database.
   * @example "Europe/Berlin"
   */
  @IsTimeZone()
  @MaxLength(64)
  timeZone: string;
}

/** A JSON Merge Patch: members that are absent stay, null removes what may be absent. */
export class UpdateTaxSettingsDto extends MergePatchOf(TaxSettingsDto) {}

const SETTINGS_SHOWN = [
  'pricesIncludeTax',
  'exceptCurrencies',
  'defaultCountry',
  'defaultRegion',
  'timeZone',
  'version',
  'updatedAt',
] as const;

export class TaxSettingsResponseDto extends PickType(TaxSettings, SETTINGS_SHOWN) {}

export const toSettingsResponse = (settings: TaxSettings): TaxSettingsResponseDto => shown(settings, SETTINGS_SHOWN);
