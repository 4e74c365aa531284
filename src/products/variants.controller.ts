import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../common/errors/api-problems.decorator.js';
import { VersionMismatchError } from '../common/errors/request.errors.js';
import { ApiAudienceResponse } from '../common/http/audience-response.decorator.js';
import { IfMatch } from '../common/http/etag.js';
import { Location } from '../common/http/location.decorator.js';
import { Patch, Post } from '../common/idempotency/write.decorators.js';
import { Caller, Public, RequireScopes } from '../common/security/access.decorators.js';
import { type Principal } from '../common/security/principal.js';
import { UuidParam } from '../common/validation/decorators.js';
import { audienceOf } from './audience.js';
import { PublicCatalogue } from './catalogue/catalogue-cache.js';
import { toVariantList, toVariantResponse, toVariantStaffResponse } from './catalogue/catalogue.mapping.js';
import { CatalogueService } from './catalogue/catalogue.service.js';
import { CurrencyQueryDto } from './catalogue/dto/list-products.dto.js';
import { CreateVariantDto, FindVariantsDto, SetPricesDto, UpdateVariantDto } from './dto/variant.dto.js';
import {
  VariantListResponse,
  VariantResponse,
  VariantStaffListResponse,
  VariantStaffResponse,
} from './dto/variant-response.dto.js';
import {
  OptionsTakenError,
  ProductAlreadyArchivedError,
  ProductInUseError,
  ProductNotFoundError,
  SkuTakenError,
  TooManyVariantsError,
  VariantNotFoundError,
} from './products.errors.js';
import { VariantsService } from './variants.service.js';

@ApiTags('products')
@Controller()
export class VariantsController {
  constructor(
    private readonly variants: VariantsService,
    private readonly catalogue: CatalogueService,
  ) {}

  /** Lists the variants of a product. */
  @Get('products/:id/variants')
  @Public()
  @PublicCatalogue()
  @ApiProblems(ProductNotFoundError)
  @ApiAudienceResponse(VariantListResponse, VariantStaffListResponse)
  async findOfProduct(
    @Param('id', UuidParam) id: string,
    @Query() { currency }: CurrencyQueryDto,
    @Caller() caller: Principal,
  ): Promise<VariantListResponse | VariantStaffListResponse> {
    const audience = audienceOf(caller);
    return toVariantList(await this.catalogue.findVariantsOf(id, audience, currency), audience, currency);
  }

  /** Adds a variant to a product. */
  @Post('products/:id/variants')
  @RequireScopes('products:write')
  @Location('variants/:id')
  @ApiProblems(
    ProductNotFoundError,
    ProductAlreadyArchivedError,
    SkuTakenError,
    OptionsTakenError,
    TooManyVariantsError,
  )
  add(@Param('id', UuidParam) id: string, @Body() dto: CreateVariantDto): Promise<VariantStaffResponse> {
    return this.variants.add(id, dto);
  }

  /** Finds a variant by its SKU. */
  @Get('variants')
  @Public()
  @PublicCatalogue()
  @ApiAudienceResponse(VariantListResponse, VariantStaffListResponse)
  async findBySku(
    @Query() { sku, currency }: FindVariantsDto,
    @Caller() caller: Principal,
  ): Promise<VariantListResponse | VariantStaffListResponse> {
    const audience = audienceOf(caller);
    return toVariantList(await this.catalogue.findVariantsBySku(sku, audience, currency), audience, currency);
  }

  /** Reads one variant. */
  @Get('variants/:id')
  @Public()
  @PublicCatalogue()
  @ApiProblems(VariantNotFoundError)
  @ApiAudienceResponse(VariantResponse, VariantStaffResponse)
  async findOne(
    @Param('id', UuidParam) id: string,
    @Query() { currency }: CurrencyQueryDto,
    @Caller() caller: Principal,
  ): Promise<VariantResponse | VariantStaffResponse> {
    const audience = audienceOf(caller);
    const row = await this.catalogue.getVariant(id, audience, currency);
    return audience === 'staff' ? toVariantStaffResponse(row, currency) : toVariantResponse(row, currency);
  }

  /** Changes a variant. */
  @Patch('variants/:id')
  @RequireScopes('products:write')
  @ApiProblems(
    VariantNotFoundError,
    VersionMismatchError,
    ProductAlreadyArchivedError,
    SkuTakenError,
    OptionsTakenError,
  )
  update(
    @Param('id', UuidParam) id: string,
    @Body() dto: UpdateVariantDto,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<VariantStaffResponse> {
    return this.variants.update(id, dto, expectedVersion);
  }

  /** Deletes a variant that nobody ordered. */
  @Delete('variants/:id')
  @HttpCode(204)
  @RequireScopes('products:write')
  @ApiProblems(VariantNotFoundError, VersionMismatchError, ProductAlreadyArchivedError, ProductInUseError)
  remove(@Param('id', UuidParam) id: string, @IfMatch() expectedVersion: number | undefined): Promise<void> {
    return this.variants.remove(id, expectedVersion);
  }

  /** Replaces the prices of a variant. */
  @Put('variants/:id/prices')
  @RequireScopes('products:write')
  @ApiProblems(VariantNotFoundError, VersionMismatchError, ProductAlreadyArchivedError)
  setPrices(
    @Param('id', UuidParam) id: string,
    @Body() { prices }: SetPricesDto,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<VariantStaffResponse> {
    return this.variants.setPrices(id, prices, expectedVersion);
  }
}
