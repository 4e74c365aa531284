import { Body, Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { VersionMismatchError } from '../../common/errors/request.errors.js';
import { IfMatch } from '../../common/http/etag.js';
import { Location } from '../../common/http/location.decorator.js';
import { Patch, Post } from '../../common/idempotency/write.decorators.js';
import { PageQueryDto } from '../../common/pagination/page.dto.js';
import { Public, RequireScopes } from '../../common/security/access.decorators.js';
import { CategoryReference } from '../product-reference.pipe.js';
import { PublicCatalogue } from '../catalogue/catalogue-cache.js';
import {
  CategoryCycleError,
  CategoryInUseError,
  CategoryNotFoundError,
  CategorySlugTakenError,
  CategoryTooDeepError,
  UnknownCategoryError,
} from './categories.errors.js';
import { CategoriesService } from './categories.service.js';
import {
  CategoryPageResponse,
  CategoryResponse,
  CreateCategoryDto,
  MoveCategoryDto,
  UpdateCategoryDto,
} from './category.dto.js';

@ApiTags('categories')
@Controller('categories')
export class CategoriesController {
  constructor(private readonly categories: CategoriesService) {}

  /** Lists categories by name. */
  @Get()
  @Public()
  @PublicCatalogue()
  findAll(@Query() query: PageQueryDto): Promise<CategoryPageResponse> {
    return this.categories.list(query);
  }

  /** Reads one category by id or slug. */
  @Get(':idOrSlug')
  @Public()
  @PublicCatalogue()
  @ApiProblems(CategoryNotFoundError)
  findOne(@Param('idOrSlug', CategoryReference) idOrSlug: string): Promise<CategoryResponse> {
    return this.categories.get(idOrSlug);
  }

  /** Creates a category. */
  @Post()
  @RequireScopes('products:write')
  @Location('categories/:id')
  @ApiProblems(CategorySlugTakenError, UnknownCategoryError, CategoryTooDeepError)
  create(@Body() dto: CreateCategoryDto): Promise<CategoryResponse> {
    return this.categories.create(dto);
  }

  /** Changes the name or slug of a category. */
  @Patch(':idOrSlug')
  @RequireScopes('products:write')
  @ApiProblems(CategoryNotFoundError, VersionMismatchError, CategorySlugTakenError)
  update(
    @Param('idOrSlug', CategoryReference) idOrSlug: string,
    @Body() dto: UpdateCategoryDto,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<CategoryResponse> {
    return this.categories.update(idOrSlug, dto, expectedVersion);
  }

  /** Deletes an empty category. */
  @Delete(':idOrSlug')
  @HttpCode(204)
  @RequireScopes('products:write')
  @ApiProblems(CategoryNotFoundError, VersionMismatchError, CategoryInUseError)
  remove(
    @Param('idOrSlug', CategoryReference) idOrSlug: string,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<void> {
    return this.categories.remove(idOrSlug, expectedVersion);
  }

  /** Moves a category with all below it. */
  @Post(':idOrSlug/move')
  @HttpCode(200)
  @RequireScopes('products:write')
  @ApiProblems(
    CategoryNotFoundError,
    VersionMismatchError,
    UnknownCategoryError,
    CategoryCycleError,
    CategoryTooDeepError,
  )
  move(
    @Param('idOrSlug', CategoryReference) idOrSlug: string,
    @Body() { parentId }: MoveCategoryDto,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<CategoryResponse> {
    return this.categories.move(idOrSlug, parentId, expectedVersion);
  }
}
