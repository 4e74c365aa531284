import { OmitType } from '@nestjs/swagger';
import { IsOptional, IsUUID, ValidateIf } from 'class-validator';
import { ResourceResponse } from '../../common/http/resource.dto.js';
import { PageOf } from '../../common/pagination/page.dto.js';
import { HasDefault, MergePatchOf } from '../../common/validation/decorators.js';
import { IsName, IsSlug } from '../dto/catalogue-validators.js';

/** A new category. */
export class CreateCategoryDto {
  /**
   * Name as shoppers read it.
   * @example "Mugs & Cups"
   */
  @IsName(200)
  name: string;

  /**
   * Part of the category's address; a new category without one gets one made from its name.
   * @example "mugs-cups"
   */
  @HasDefault()
  @IsSlug()
  slug?: string;

  /**
   * The category above; none for one at the top.
   * @example "01970c1e-7f3a-7c55-9d8e-0242ac120004"
   */
  @IsOptional()
  @IsUUID()
  parentId?: string | null;
}

/** Changes to a category (JSON Merge Patch); moving it has an address of its own. */
export class UpdateCategoryDto extends MergePatchOf(OmitType(CreateCategoryDto, ['parentId'])) {}

/** Where a category goes. */
export class MoveCategoryDto {
  /**
   * The category above; null for the top.
   * @example "01970c1e-7f3a-7c55-9d8e-0242ac120004"
   */
  @ValidateIf((dto: MoveCategoryDto) => dto.parentId !== null)
  @IsUUID()
  parentId: string | null;
}

/** A category; `parentId` makes the list a tree. */
export class CategoryResponse extends ResourceResponse {
  /** @example "mugs-cups" */
  slug: string;

  /** @example "Mugs & Cups" */
  name: string;

  /**
   * The category above; null at the top.
   * @example null
   */
  parentId: string | null;
}

/** One page of categories. */
export class CategoryPageResponse extends PageOf(CategoryResponse) {}
