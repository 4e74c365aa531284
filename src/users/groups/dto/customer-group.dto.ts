import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { IsNotBlank, MergePatchOf } from '../../../common/validation/decorators.js';

/** What a group may be called by other systems and in filters. */
export const GROUP_CODE = /^[a-z][a-z0-9_-]{0,63}$/;

export class CreateCustomerGroupDto {
  /**
   * By which other systems and filters name it; unique.
   * @example "wholesale"
   */
  @IsString()
  @Matches(GROUP_CODE, { message: 'must be lower case letters, digits, - and _, beginning with a letter' })
  code: string;

  /** @example "Wholesale customers" */
  @IsString()
  @IsNotBlank()
  @MaxLength(200)
  name: string;

  /** @example "Buys by the pallet; prices without tax" */
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  description?: string | null;
}

/** A JSON Merge Patch: members that are absent stay, null removes what may be absent. */
export class UpdateCustomerGroupDto extends MergePatchOf(CreateCustomerGroupDto) {}
