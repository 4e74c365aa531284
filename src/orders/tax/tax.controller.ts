import { Body, Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { VersionMismatchError } from '../../common/errors/request.errors.js';
import { IfMatch } from '../../common/http/etag.js';
import { Location } from '../../common/http/location.decorator.js';
import { Patch, Post } from '../../common/idempotency/write.decorators.js';
import { RequireScopes } from '../../common/security/access.decorators.js';
import { UuidParam } from '../../common/validation/decorators.js';
import {
  CreateTaxRateDto,
  ListTaxRatesDto,
  TaxRatePageDto,
  TaxRateResponseDto,
  TaxSettingsResponseDto,
  toSettingsResponse,
  UpdateTaxRateDto,
  UpdateTaxSettingsDto,
} from './tax.dto.js';
import { TaxRateNotFoundError, TaxRateTakenError } from './tax.errors.js';
import { TaxService } from './tax.service.js';

@ApiTags('taxes')
@Controller()
export class TaxController {
  constructor(private readonly taxes: TaxService) {}

  /** Lists tax rates, oldest first. */
  @Get('tax-rates')
  @RequireScopes('orders:read', 'settings:write')
  findAll(@Query() query: ListTaxRatesDto): Promise<TaxRatePageDto> {
    return this.taxes.list(query);
  }

  /** Reads one tax rate. */
  @Get('tax-rates/:id')
  @RequireScopes('orders:read', 'settings:write')
  @ApiProblems(TaxRateNotFoundError)
  findOne(@Param('id', UuidParam) id: string): Promise<TaxRateResponseDto> {
    return this.taxes.get(id);
  }

  /** Adds a tax rate. Carts and new orders bear it at once; orders that were placed stay as they are. */
  @Post('tax-rates')
  @RequireScopes('settings:write')
  @Location('tax-rates/:id')
  @ApiProblems(TaxRateTakenError)
  create(@Body() dto: CreateTaxRateDto): Promise<TaxRateResponseDto> {
    return this.taxes.create(dto);
  }

  /** Changes a tax rate. For a new rate from a certain day, add one with `validFrom` instead. */
  @Patch('tax-rates/:id')
  @RequireScopes('settings:write')
  @ApiProblems(TaxRateNotFoundError, TaxRateTakenError, VersionMismatchError)
  update(
    @Param('id', UuidParam) id: string,
    @Body() dto: UpdateTaxRateDto,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<TaxRateResponseDto> {
    return this.taxes.update(id, dto, expectedVersion);
  }

  /** Removes a tax rate. Orders keep what they were taxed with. */
  @Delete('tax-rates/:id')
  @HttpCode(204)
  @RequireScopes('settings:write')
  @ApiProblems(TaxRateNotFoundError, VersionMismatchError)
  remove(@Param('id', UuidParam) id: string, @IfMatch() expectedVersion: number | undefined): Promise<void> {
    return this.taxes.remove(id, expectedVersion);
  }

  /** Shows how prices relate to taxes. */
  @Get('tax-settings')
  @RequireScopes('orders:read', 'settings:write')
  async findSettings(): Promise<TaxSettingsResponseDto> {
    return toSettingsResponse(await this.taxes.settings());
  }

  /** Changes how prices relate to taxes. It holds for carts and new orders at once. */
  @Patch('tax-settings')
  @RequireScopes('settings:write')
  @ApiProblems(VersionMismatchError)
  async updateSettings(
    @Body() dto: UpdateTaxSettingsDto,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<TaxSettingsResponseDto> {
    return toSettingsResponse(await this.taxes.updateSettings(dto, expectedVersion));
  }
}
