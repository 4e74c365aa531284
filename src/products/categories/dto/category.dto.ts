import { IsOptional, IsString, IsUUID, Matches, MaxLength, ValidateIf } from 'class-validator';
import { PageQueryDto } from '../../../common/pagination/page.dto.js';
import { IsNotBlank, MayBeAbsent } from '../../../common/validation/decorators.js';
import { SLUG_BUT_NO_ID } from '../../dto/create-product.dto.js';
import { MAX_SLUG_LENGTH } from '../../product-slug.js';

const SLUG_MESSAGE = 'slug must be lower-case letters and digits joined by single hyphens, and no UUID';

/** A new category. */
export class CreateCategoryDto {
  /**
   * Name as shoppers read it.
   * @example "Mugs & Cups"
   */
  @IsString()
  @IsNotBlank()
  @MaxLength(200)
  name: string;

  /**
   * Part of the category's address; made from the name when left out.
   * @example "mugs-cups"
   */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_SLUG_LENGTH)
  @Matches(SLUG_BUT_NO_ID, { message: SLUG_MESSAGE })
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
export class UpdateCategoryDto {
  /**
   * Name as shoppers read it.
   * @example "Mugs & Cups"
   */
  @MayBeAbsent()
  @IsString()
  @IsNotBlank()
  @MaxLength(200)
  name?: string;

  /**
   * Part of the category's address.
   * @example "mugs-cups"
   */
  @MayBeAbsent()
  @IsString()
  @MaxLength(MAX_SLUG_LENGTH)
  @Matches(SLUG_BUT_NO_ID, { message: SLUG_MESSAGE })
  slug?: string;
}

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

/** Which categories to list. */
export class ListCategoriesDto extends PageQueryDto {}
