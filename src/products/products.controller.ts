import { Body, Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
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
import { toProductPage, toProductResponse, toProductStaffResponse } from './catalogue/catalogue.mapping.js';
import { CatalogueService } from './catalogue/catalogue.service.js';
import { CurrencyQueryDto, ListProductsDto } from './catalogue/dto/list-products.dto.js';
import { UnknownCategoryError } from './categories/categories.errors.js';
import {
  ProductPageResponse,
  ProductResponse,
  ProductStaffPageResponse,
  ProductStaffResponse,
} from './dto/product-response.dto.js';
import { CreateProductDto, UpdateProductDto } from './dto/product.dto.js';
import { ProductReference } from './product-reference.pipe.js';
import {
  OptionsInUseError,
  OptionsTakenError,
  ProductAlreadyArchivedError,
  ProductInUseError,
  ProductNotDraftError,
  ProductNotFoundError,
  ProductNotSellableError,
  SkuTakenError,
  SlugTakenError,
} from './products.errors.js';
import { ProductsService } from './products.service.js';

@ApiTags('products')
@Controller('products')
export class ProductsController {
  constructor(
    private readonly products: ProductsService,
    private readonly catalogue: CatalogueService,
  ) {}

  /** Lists and searches products. Staff see drafts and archived ones too. */
  @Get()
  @Public()
  @PublicCatalogue()
  @ApiAudienceResponse(ProductPageResponse, ProductStaffPageResponse)
  async findAll(
    @Query() query: ListProductsDto,
    @Caller() caller: Principal,
  ): Promise<ProductPageResponse | ProductStaffPageResponse> {
    const audience = audienceOf(caller);
    return toProductPage(await this.catalogue.list(query, audience), audience, query.currency);
  }

  /** Reads one product by id or slug. */
  @Get(':idOrSlug')
  @Public()
  @PublicCatalogue()
  @ApiProblems(ProductNotFoundError)
  @ApiAudienceResponse(ProductResponse, ProductStaffResponse)
  async findOne(
    @Param('idOrSlug', ProductReference) idOrSlug: string,
    @Query() { currency }: CurrencyQueryDto,
    @Caller() caller: Principal,
  ): Promise<ProductResponse | ProductStaffResponse> {
    const audience = audienceOf(caller);
    const row = await this.catalogue.get(idOrSlug, audience, currency);
    return audience === 'staff' ? toProductStaffResponse(row, currency) : toProductResponse(row, currency);
  }

  /** Creates a draft, with its variants if given. */
  @Post()
  @RequireScopes('products:write')
  @Location('products/:id')
  @ApiProblems(SlugTakenError, SkuTakenError, OptionsTakenError, UnknownCategoryError)
  create(@Body() dto: CreateProductDto): Promise<ProductStaffResponse> {
    return this.products.create(dto);
  }

  /** Changes a product. */
  @Patch(':id')
  @RequireScopes('products:write')
  @ApiProblems(
    ProductNotFoundError,
    VersionMismatchError,
    SlugTakenError,
    OptionsInUseError,
    ProductAlreadyArchivedError,
    UnknownCategoryError,
  )
  update(
    @Param('id', UuidParam) id: string,
    @Body() dto: UpdateProductDto,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<ProductStaffResponse> {
    return this.products.update(id, dto, expectedVersion);
  }

  /** Deletes a draft that nobody ordered. */
  @Delete(':id')
  @HttpCode(204)
  @RequireScopes('products:write')
  @ApiProblems(ProductNotFoundError, VersionMismatchError, ProductNotDraftError, ProductInUseError)
  remove(@Param('id', UuidParam) id: string, @IfMatch() expectedVersion: number | undefined): Promise<void> {
    return this.products.remove(id, expectedVersion);
  }

  /** Puts a product on sale. */
  @Post(':id/publish')
  @HttpCode(200)
  @RequireScopes('products:write')
  @ApiProblems(ProductNotFoundError, VersionMismatchError, ProductNotSellableError)
  publish(
    @Param('id', UuidParam) id: string,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<ProductStaffResponse> {
    return this.products.publish(id, expectedVersion);
  }

  /** Takes a product off sale. */
  @Post(':id/archive')
  @HttpCode(200)
  @RequireScopes('products:write')
  @ApiProblems(ProductNotFoundError, VersionMismatchError)
  archive(
    @Param('id', UuidParam) id: string,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<ProductStaffResponse> {
    return this.products.archive(id, expectedVersion);
  }
}
